/* water: size of the table WATER of a calibration. */
#ifndef STAGE_WATER_H
#define STAGE_WATER_H

#define WATER_NODES 257 /* for attenuations from 0 to: */
#define WATER_MOST 10.0

#endif

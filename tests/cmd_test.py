#!/usr/bin/python3
"""cmd_test DOORLICHT: the command as its user meets it: help, refusals, import, pictures.

A refusal is exit code 2, exactly one line on standard error, nothing on standard output, no file left behind.
"""
import array
import json
import math
import os
import random
import re
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DOORLICHT = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else os.path.join(ROOT, "build", "doorlicht")
WORKER = os.path.join(os.path.dirname(DOORLICHT), "doorlicht-proc")
SHARED = os.environ.get("DOORLICHT_SHARED", os.path.join(ROOT, "..", "shared"))


def run(*args, cwd=None):
    return subprocess.run([DOORLICHT, *args], capture_output=True, text=True, cwd=cwd, timeout=120)


def read_png(path):
    """Width, height, bits, channels, rows of bytes: a reader of its own, from the PNG specification."""
    with open(path, "rb") as f:
        data = f.read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed = 8, b""
    while at < len(data):
        n, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + n]
        assert zlib.crc32(kind + body) == struct.unpack(">I", data[at + 8 + n:at + 12 + n])[0]
        if kind == b"IHDR":
            width, height, bits, colour = struct.unpack(">IIBB", body[:10])
        if kind == b"IDAT":
            packed += body
        at += 12 + n
    step = bits // 8 * {0: 1, 2: 3, 6: 4}[colour]
    raw, rows, before = zlib.decompress(packed), [], bytes(width * step)
    for y in range(height):
        kind, line = raw[y * (width * step + 1)], bytearray(raw[y * (width * step + 1) + 1:(y + 1) * (width * step + 1)])
        for i in range(len(line)):
            a, b = (line[i - step] if i >= step else 0), before[i]
            c = before[i - step] if i >= step else 0
            p = a + b - c
            paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            line[i] = line[i] + (0, a, b, (a + b) // 2, paeth)[kind] & 255
        rows.append(bytes(line))
        before = rows[-1]
    return width, height, bits, step, rows


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name, content=None):
        path = os.path.join(self.folder.name, name)
        if content is not None:
            with open(path, "wb" if isinstance(content, bytes) else "w") as f:
                f.write(content)
        return path

    def refused(self, *args, says=""):
        before = sorted(os.listdir(self.folder.name))
        r = run(*args)
        self.assertEqual(r.returncode, 2, (args, r.stderr))
        self.assertEqual(len(r.stderr.splitlines()), 1, (args, r.stderr))
        self.assertTrue(r.stderr.startswith("doorlicht"), r.stderr)
        self.assertEqual(r.stdout, "", args)
        self.assertIn(says, r.stderr)
        self.assertEqual(sorted(os.listdir(self.folder.name)), before, args)

    def good(self, *args):
        r = run(*args)
        self.assertEqual((r.returncode, r.stderr), (0, ""), args)
        return r.stdout


class Help(Case):
    def test_every_command(self):
        names = re.findall(r"^  ([a-z]+) +\S", self.good("help"), re.M)
        self.assertGreaterEqual(len(names), 5)
        for name in names:
            text = self.good(name, "--help")
            self.assertTrue(text.startswith(f"usage: doorlicht {name} "), text)
            self.assertEqual(text, self.good("help", name))
            self.refused(name, "--no-such-option", says="unknown option --no-such-option")
            self.refused(name, "-%", says="unknown option -%")
            self.refused(name, "/no/such/thing")

    def test_main(self):
        self.assertRegex(self.good("--version"), r"^doorlicht \d+\.\d+\.\d+\n$")
        self.assertEqual(self.good(), self.good("--help"))
        self.refused("shwo", says="did you mean 'show'?")
        self.refused("help", "nothing")

    def test_manuals(self):
        r = subprocess.run([os.path.join(ROOT, "tools", "check-man"), DOORLICHT], capture_output=True, text=True)
        self.assertEqual(r.returncode, 0, r.stdout + r.stderr)
        if "SKIPPED" in r.stdout:
            print(r.stdout.splitlines()[0])

    def test_stages(self):
        stages = json.loads(self.good("stages", "--json"))
        self.assertIn("colour", [s["name"] for s in stages])
        for s in stages:
            for p in s["params"]:
                self.assertTrue(p["min"] <= p["standard"] <= p["max"], (s["name"], p))
            self.assertIn(s["brief"], self.good("stages", s["name"]))
        self.refused("stages", "nothing", says="there is no stage 'nothing'")


PARALLEL = """import "x" {
    geometry parallel {
        pixel_mm 0.5
    }
    darks {
        raw d.raw f32 2 3 4
    }
    flats {
        raw f.raw f32 2 3 4
    }
    projections {
        raw p.raw f32 5 3 4
        angle_deg 0 160
    }
}
"""
LINE = """import "x" {
    geometry line {
        pixel_mm 1
        line_mm 1
        line_ms 1
    }
    energies low high
    lines {
        raw l.raw u16 6 8
    }
}
"""


class Mu(Case):
    def test_values(self):
        """NIST's published values (NISTIR 5632) for iron and water."""
        for what, density, known in (("Fe", 7.874, {60: 1.205, 6000: 0.03057}), ("water", 1.0, {60: 0.2059, 6000: 0.0277})):
            r = json.loads(self.good("mu", "--json", what, *map(str, known)))
            self.assertEqual((r["material"], r["density_g_cm3"]), (what, density))
            self.assertEqual([e["kev"] for e in r["energies"]], list(known))
            for e in r["energies"]:
                self.assertAlmostEqual(e["total_cm2_g"] / known[e["kev"]], 1, delta=0.002)
                parts = sum(v for k, v in e.items() if not k.startswith(("total", "kev")))
                self.assertAlmostEqual(parts / e["total_cm2_g"], 1, delta=1e-12)
                self.assertAlmostEqual(e["total_without_coherent_cm2_g"] + e["coherent_cm2_g"], e["total_cm2_g"])
        self.assertAlmostEqual(json.loads(self.good("mu", "--json", "Fe"))["zeff"], 26, delta=1e-3)
        self.assertIsNone(json.loads(self.good("mu", "--json", "C6H12O6", "60"))["density_g_cm3"])

    def test_list(self):
        rows = json.loads(self.good("mu", "--list", "--json"))["materials"]
        self.assertGreaterEqual(len(rows), 80)
        self.assertEqual(len(self.good("mu").splitlines()), len(rows))

    def test_refusals(self):
        self.refused("mu", "stel", says="did you mean 'steel'?")
        for kev in ("0", "nan", "1e9", "x", ""):
            self.refused("mu", "Fe", kev)
        self.refused("mu", "--list", "Fe")
        self.refused("mu", "C(H4", "60")


class Import(Case):
    def setUp(self):
        super().setUp()
        floats = lambda n, at: array.array("f", [at + 0.25 * i for i in range(n)]).tobytes()
        self.path("d.raw", floats(24, 10))
        self.path("f.raw", floats(24, 1000))
        self.path("p.raw", floats(60, 100))
        self.path("l.raw", array.array("H", [1000 * line + 100 * i for line in range(6) for i in range(8)]).tobytes())

    def sidecar(self, text):
        return self.path("x.import", text)

    def test_projections(self):
        tape, png = self.path("x.tape"), self.path("x.png")
        self.good("import", self.sidecar(PARALLEL), "-o", tape)
        out = json.loads(self.good("import", self.sidecar(PARALLEL), "-o", tape, "--json"))
        self.assertEqual((out["darks"], out["flats"], out["frames"], out["rows"], out["cols"]), (2, 2, 5, 3, 4))
        self.good("show", "--plane", "counts-f32", "--bits", "16", "--low", "0", "--high", "655.35", "--frame", "1",
                  "-o", png, tape)
        width, height, bits, _, rows = read_png(png)
        self.assertEqual((width, height, bits), (4, 3, 16))
        for y in range(3):
            for x in range(4): # 1 count = 100 grey values
                self.assertEqual(struct.unpack_from(">H", rows[y], 2 * x)[0], 10000 + 25 * (12 + 4 * y + x))
        self.good("show", "--plane", "counts-f32", "--sinogram", "2", "-o", png, tape)
        self.assertEqual(read_png(png)[:2], (4, 5))

    def test_attenuation_and_text_angles(self):
        text = re.sub(r" (darks|flats) \{[^}]*\}", "", PARALLEL).replace(
            "angle_deg 0 160", "angle_text_deg angles.txt\n holds attenuation")
        tape = self.path("x.tape")
        self.path("angles.txt", "0 10\n20\t30 40\n")
        self.good("import", self.sidecar(text), "-o", tape)
        planes = json.loads(self.good("info", "--json", tape))["planes"]
        self.assertIn("attenuation", [p["quantity"] for p in planes])
        for angles, says in (("0 10 20 30", "4 angles, but 5 projections"), ("0 10 20 30 40 50", "6 angles, but 5"),
                             ("0 1 2 3 4x", "word 5 is not a number"), ("0 1 2 3 nan", "angle 5 is nan")):
            self.path("angles.txt", angles + "\n")
            self.refused("import", self.sidecar(text), "-o", tape, says=says)

    def test_exact(self):
        try:
            import numpy, zstandard # noqa: F401, what read_tape needs
        except ImportError:
            return print("SKIPPED: python3-numpy or python3-zstandard is missing: floats were not compared bit by bit")
        odd = [0.1, -3.75, 1e-30, 123456.789, 16777217.0, 1e9] * 10
        self.path("p.raw", array.array("f", odd).tobytes())
        tape, npy = self.path("x.tape"), self.path("x.npy")
        self.good("import", self.sidecar(PARALLEL), "-o", tape)
        reader = os.path.join(ROOT, "doc", "format", "read_tape.py")
        subprocess.run([sys.executable, reader, tape, "--npy", "1", npy], check=True, capture_output=True)
        frames = numpy.load(npy)
        self.assertEqual(frames.reshape(9, -1)[4:].astype("<f4").tobytes(), array.array("f", odd).tobytes())

    def test_tiff(self):
        text = PARALLEL.replace("raw p.raw f32 5 3 4", f'tiff "{ROOT}/tests/corpus/tiff/u16-big-endian-3-pages"')
        text = re.sub(r" (darks|flats) \{[^}]*\}", "", text)
        tape, png = self.path("x.tape"), self.path("x.png")
        self.assertIn("3 projections of 3 x 7", self.good("import", self.sidecar(text), "-o", tape))
        self.good("show", "--plane", "counts-f32", "--bits", "16", "--low", "0", "--high", "65535", "--frame", "2", "-o",
                  png, tape)
        self.assertEqual(struct.unpack(">7H", read_png(png)[4][1]), tuple(2010 + x for x in range(7)))

    def test_line_scanner(self):
        tape, png = self.path("x.tape"), self.path("x.png")
        self.good("import", self.sidecar(LINE), "-o", tape)
        for energy in range(2):
            self.good("show", "--plane", "counts", "--energy", str(energy), "--bits", "16", "--high", "65535", "-o", png,
                      tape)
            width, height, _, _, rows = read_png(png)
            self.assertEqual((width, height), (6, 4))
            for y in range(4):
                want = [1000 * line + 100 * (4 * energy + y) for line in range(6)]
                self.assertEqual(list(struct.unpack(">6H", rows[y])), want)

    def test_bad_sidecars(self):
        def bad(old, new, says, text=PARALLEL):
            self.assertIn(old, text)
            self.refused("import", self.sidecar(text.replace(old, new, 1)), "-o", self.path("x.tape"), says=says)

        bad("pixel_mm 0.5", "pixel_mm -1", "x.import:3: pixel_mm: -1 is out of range")
        bad("pixel_mm 0.5", "pixel_mm nan", "x.import:3: pixel_mm: 'nan' is not a number")
        bad("pixel_mm", "pixel_m", "did you mean 'pixel_mm'?")
        bad("pixel_mm 0.5", "", "'pixel_mm' is missing")
        bad("parallel", "paralel", "did you mean 'parallel'?")
        bad("parallel", "cone", "'source_mm' is missing")
        bad("f32 5", "f32 6", "x.import:12: raw: ")
        bad("f32 5", "f32 99999999999", "x.import:12: raw: ")
        bad("f32 5 3 4", "f32 5 4 3", "4 x 3 pixels, but the first source has 3 x 4")
        bad("f32 5 3 4", "f64 5 3 4", "'f64' is unknown here")
        bad("f32 5 3 4", "f32 5 -3 4", "-3 is out of range")
        bad("p.raw", "q.raw", "q.raw: cannot open: No such file")
        bad("p.raw", ".", "not a regular file")
        bad("raw p.raw f32 5 3 4", "tiff p.raw", "not a TIFF file")
        bad("raw p.raw f32 5 3 4", "tiff p%s%d.raw 1 2", "one %d or %0Nd")
        bad("raw p.raw f32 5 3 4", "tiff p%d.raw 2 1", "the last number, 1, is below the first, 2")
        bad("angle_deg 0 160", "", "needs angle_deg FIRST LAST, angle_file_deg FILE or angle_text_deg FILE")
        bad("angle_deg 0 160", "angle_deg 0 160\n angle_text_deg x.import", "angle_deg already says")
        bad("angle_deg 0 160", "angle_text_deg x.import", "word 1 is not a number")
        bad("angle_deg 0 160", "angle_deg 0 160\n holds attenuation", "no use for darks")
        bad("angle_deg 0 160", "angle_deg 0 160\n holds water", "'water' is unknown here")
        bad("angle_deg 0 160", "angle_deg 0 160\n belt_mm 0", "belt_mm")
        bad("angle_deg 0 160", "angle_deg 0 inf", "'inf' is not a number")
        bad("angle_deg 0 160", "angle_file_deg d.raw", "96 bytes, but 5 projections need 4")
        bad("projections {", "lines {", "geometry parallel has 'projections'")
        bad("darks {", "darks {\n skip_bytes 8", "x.import:7: raw: ")
        bad("energies low high", "energies high low", "energies low high", LINE)
        bad("u16 6 8", "u16 7 8", "the file has 96 bytes", LINE)
        bad("l.raw u16 6 8", "d.raw f32 3 8", "is not a whole number of 20 bits", LINE)
        for n in range(0, len(PARALLEL) - 2, 7):
            self.refused("import", self.sidecar(PARALLEL[:n]), "-o", self.path("x.tape"), says="x.import")
        self.refused("import", self.path("absent.import"), "-o", self.path("x.tape"), says="cannot open")
        self.refused("import", self.folder.name, "-o", self.path("x.tape"), says="not a regular file")
        self.refused("import", self.sidecar(PARALLEL), says="the output is not named")
        self.refused("import", self.sidecar(PARALLEL), "-o", self.path("no/x.tape"), says="no/x.tape")

    def test_bad_samples(self):
        for value in float("nan"), float("inf"), 2e9:
            self.path("p.raw", array.array("f", [1] * 30 + [value] + [1] * 29).tobytes())
            self.refused("import", self.sidecar(PARALLEL), "-o", self.path("x.tape"),
                         says="frame 2, row 1, column 2")


def disc_sinogram(views, cols, pitch, axis, source=0, detector=0, turn=math.pi, mu=0.02, radius=20.0, at=(8.0, -5.0)):
    """Line integrals of a uniform disc in closed form, parallel or fan (flat detector)."""
    out = array.array("f")
    for v in range(views):
        a = turn * v / views
        for c in range(cols):
            u = (c - axis) * pitch
            gamma = math.atan2(u, detector) if source else 0
            p = source * math.sin(gamma) if source else u
            t = a - gamma
            q = p - at[0] * math.cos(t) - at[1] * math.sin(t)
            out.append(2 * mu * math.sqrt(max(0.0, radius * radius - q * q)))
    return out


class Ct(Case):
    FAN = """import "disc" {
    geometry fan {
        pixel_mm 1
        source_mm 200
        detector_mm 300
    }
    projections {
        raw p.raw f32 360 1 200
        holds attenuation
        angle_deg 0 359
    }
}
"""

    def volume(self, tape):
        """(values, size): linear attenuation of the first slice as 16-bit grey, brought back to 1/cm."""
        png = self.path("v.png")
        self.good("show", "--plane", "linear-attenuation", "--cut", "axial", "--bits", "16", "--low", "-0.1", "--high",
                  "0.5", "-o", png, tape)
        width, height, _, _, rows = read_png(png)
        self.assertEqual(width, height)
        return [[v / 65535 * 0.6 - 0.1 for v in struct.unpack(f">{width}H", r)] for r in rows], width

    def check_disc(self, tape, voxel):
        v, n = self.volume(tape)
        inside, outside = [], []
        for j in range(n):
            for i in range(n):
                x, y = (i - (n - 1) / 2) * voxel, ((n - 1) / 2 - j) * voxel
                r = math.hypot(x - 8, y + 5)
                (inside if r < 17 else outside if 23 < r and math.hypot(x, y) < 50 else []).append(v[j][i])
        self.assertAlmostEqual(sum(inside) / len(inside), 0.2, delta=0.001)
        self.assertAlmostEqual(sum(outside) / len(outside), 0, delta=0.001)
        self.assertLess(max(inside) - min(inside), 0.02)

    def test_fan(self):
        tape = self.path("v.tape")
        self.path("p.raw", disc_sinogram(360, 200, 1, 99.5, 200, 300, 2 * math.pi).tobytes())
        out = json.loads(self.good("ct", "--json", self.path("x.import", self.FAN), "-o", tape, "--voxel-mm", "0.8",
                                   "--size", "150"))
        self.assertEqual((out["size"], out["slices"]), (152, 1))
        self.assertTrue(out["axis_found"])
        self.assertAlmostEqual(out["axis_pixel"], 99.5, delta=0.1)
        self.check_disc(tape, 0.8)
        roots = {json.loads(self.good("ct", "--json", self.path("x.import"), "-o", tape, "--threads", t))["root"]
                 for t in "125"}
        self.assertEqual(len(roots), 1)

    ARC = "angle_deg 20 79"

    def arc_files(self):
        """A turn of 360 views, and a scan of those from 20 to 79 degrees alone, with noise."""
        noise, a = random.Random(4), disc_sinogram(360, 200, 1, 99.5, 200, 300, 2 * math.pi)
        a = array.array("f", [v + noise.gauss(0, 0.003) for v in a])
        self.path("p.raw", a.tobytes())
        self.path("few.raw", a[20 * 200:80 * 200].tobytes())
        few = self.FAN.replace("p.raw f32 360", "few.raw f32 60").replace("angle_deg 0 359", self.ARC)
        return self.path("x.import", self.FAN), self.path("few.import", few)

    def test_arc(self):
        """Views outside the arc left out: the same slice as from a scan that never had them, in whatever steps it is made."""
        whole, few = self.arc_files()
        made = []
        for scan, arc in (whole, ["--from-deg", "20", "--to-deg", "79"]), (whole, ["--from-deg", "-340", "--to-deg", "-281"]), (few, []):
            self.good("ct", scan, "-o", self.path("v.tape"), "--axis", "99.5", "--size", "64", "--voxel-mm", "1", "--rings", "0",
                      *arc)
            made.append(self.volume(self.path("v.tape")))
        self.assertEqual(made[0], made[1])
        self.assertEqual(made[0], made[2])
        recipe = self.path("a.recipe", "recipe a {\n    stage arc {\n        from_deg 20\n        to_deg 79\n    }\n    stage rings\n"
                           "    stage filter\n    stage back\n}\n")
        self.good("import", whole, "-o", self.path("s.tape"))
        roots = {json.loads(self.good("run", "--json", "-r", recipe, "-o", self.path("v.tape"), self.path("s.tape"), *how))["root"]
                 for how in ([], ["--live"], ["--step", "7", "--threads", "1"])}
        self.assertEqual(len(roots), 1)
        out = ["-o", self.path("w.tape")]
        self.refused("ct", whole, *out, "--from-deg", "20", says="two ends")
        self.refused("ct", whole, *out, "--from-deg", "20", "--to-deg", "19", says="upwards")
        self.refused("ct", whole, *out, "--from-deg", "20.2", "--to-deg", "20.8", says="too few; the scan's lie from 0 to 359 degrees")
        self.refused("ct", whole, *out, "--from-deg", "20", "--to-deg", "79", says="give its column")
        self.refused("ct", whole, *out, "--from-deg", "20", "--to-deg", "79", "--axis", "99.5", "--voxel-mm", "20",
                     "--size", "64", says="inside the picture")

    def test_two_phase(self):
        """A disc from a sixth of a turn: sharp, of the material found; what is no disc is refused."""
        _, few = self.arc_files()
        tape = self.path("v.tape")
        said = self.good("ct", few, "-o", tape, "--method", "two-phase", "--axis", "99.5", "--size", "80", "--voxel-mm", "0.8")
        self.assertIn("assumed, not measured", said)
        self.assertAlmostEqual(float(said.split("radius ")[1].split()[0]), 20, delta=0.1)
        v, n = self.volume(tape)
        for j in range(n):
            for i in range(n):
                r = math.hypot((i - (n - 1) / 2) * 0.8 - 8, ((n - 1) / 2 - j) * 0.8 + 5)
                if abs(r - 20) > 0.5:
                    self.assertAlmostEqual(v[j][i], 0.2 if r < 20 else 0, delta=0.01)
        two = ["-o", self.path("w.tape"), "--method", "two-phase"]
        self.refused("ct", few, *two, "--slices", "2", says="one slice of each row")
        self.path("few.raw", bytes(4 * 60 * 200))
        self.refused("ct", few, *two, "--axis", "99.5", says="air on both sides")

    def test_helix_line_by_line(self):
        """As from a machine, in steps or whole, and with slices only at the beginning of a long scan: the same tape, ended."""
        self.path("p.raw", array.array("f", [0.01 * (i % 7) for i in range(1200 * 2 * 32)]).tobytes())
        text = (self.FAN.replace("fan", "cone").replace("pixel_mm 1\n", "pixel_mm 1\n        axis_pixel 15.5\n")
                .replace("f32 360 1 200", "f32 1200 2 32").replace("0 359", "0 7194\n        belt_mm 0 80"))
        recipe = self.path("h.recipe", """recipe h {
    stage helix-filter {
        views_turn 60
    }
    stage helix-back {
        size 16
        slices 4
        slice_mm 0.1
        first_mm 5
        views_turn 60
    }
}
""")
        scan, tape = self.path("s.tape"), self.path("v.tape")
        self.good("import", self.path("x.import", text), "-o", scan)
        roots = {json.loads(self.good("run", "--json", "-r", recipe, "-o", tape, scan, *how))["root"]
                 for how in ([], ["--live"], ["--step", "7", "--threads", "1"])}
        self.assertEqual(len(roots), 1)

    def test_rings(self):
        """Pixels that are always a little off: the slice must be evener with their errors taken off than without."""
        noise, a = random.Random(3), disc_sinogram(360, 200, 1, 99.5, 200, 300, 2 * math.pi)
        error = [noise.gauss(0, 0.01) for _ in range(200)]
        self.path("p.raw", array.array("f", [v + error[i % 200] for i, v in enumerate(a)]).tobytes())
        spread = []
        for strength in "0", "1":
            tape = self.path("v.tape")
            self.good("ct", self.path("x.import", self.FAN), "-o", tape, "--axis", "99.5", "--voxel-mm", "0.8", "--size", "152",
                      "--rings", strength)
            v, n = self.volume(tape)
            inside = [v[j][i] for j in range(n) for i in range(n)
                      if math.hypot((i - (n - 1) / 2) * 0.8 - 8, ((n - 1) / 2 - j) * 0.8 + 5) < 15]
            mean = sum(inside) / len(inside)
            self.assertAlmostEqual(mean, 0.2, delta=0.002)
            spread.append(math.sqrt(sum((x - mean) ** 2 for x in inside) / len(inside)))
        self.assertLess(spread[1], spread[0] / 2)

    def test_parallel_with_darks_and_flats(self):
        """Counts from 1000 behind darks of 100: calibrated with the scan's own darks and flats, axis off the middle."""
        text = (PARALLEL.replace("pixel_mm 0.5", "pixel_mm 1").replace("2 3 4", "120 1 160").replace("5 3 4", "200 1 160")
                .replace("angle_deg 0 160", "angle_deg 0 179.1"))
        a = disc_sinogram(200, 160, 1, 86.25)
        noise = random.Random(1)
        self.path("d.raw", array.array("f", [100 + noise.gauss(0, 1) for _ in range(120 * 160)]).tobytes())
        self.path("f.raw", array.array("f", [90100 + noise.gauss(0, 50) for _ in range(120 * 160)]).tobytes())
        self.path("p.raw", array.array("f", [100 + 9e4 * math.exp(-v) for v in a]).tobytes())
        tape = self.path("v.tape")
        out = json.loads(self.good("ct", "--json", self.path("x.import", text), "-o", tape))
        self.assertAlmostEqual(out["axis_pixel"], 86.25, delta=0.1)
        self.check_disc(tape, 1)

    def test_helix(self):
        """A ball on a belt: eight rows, two and a half turns forwards; one view in twenty is lost to darkness."""
        rows, cols, views, turn, feed = 8, 64, 300, 120, 20.0
        ball, radius, mu = (12.0, -8.0, 25.0), 14.0, 0.02
        out = array.array("f")
        for v in range(views):
            a, zs = 2 * math.pi * v / turn, feed * v / turn
            source = (250 * math.sin(a), -250 * math.cos(a), zs)
            for r in range(rows):
                for c in range(cols):
                    t, w = (c - 31.5) * 2.5 / 400, (r - 3.5) * 4
                    d = (400 * (math.sin(t) * math.cos(a) - math.cos(t) * math.sin(a)),
                         400 * (math.sin(t) * math.sin(a) + math.cos(t) * math.cos(a)), w)
                    p = [ball[k] - source[k] for k in range(3)]
                    dd, pd = sum(x * x for x in d), sum(x * y for x, y in zip(p, d))
                    h = radius * radius - (sum(x * x for x in p) - pd * pd / dd)
                    out.append(2 * mu * math.sqrt(h) if h > 0 else 0.0)
        self.path("p.raw", out.tobytes())
        text = (self.FAN.replace("fan", "cone").replace("pixel_mm 1\n", "pixel_mm 2.5\n        row_pixel_mm 4\n        detector curved\n        axis_pixel 31.5\n")
                .replace("source_mm 200", "source_mm 250").replace("detector_mm 300", "detector_mm 400")
                .replace("f32 360 1 200", f"f32 {views} {rows} {cols}")
                .replace("0 359", f"0 {360 * (views - 1) / turn}\n        belt_mm 0 {feed * (views - 1) / turn}"))
        tape, png = self.path("v.tape"), self.path("v.png")
        made = json.loads(self.good("ct", "--json", self.path("x.import", text), "-o", tape, "--size", "64", "--voxel-mm", "1.5",
                                    "--first-mm", "20", "--slices", "11", "--threads", "1"))
        self.assertEqual((made["size"], made["slices"]), (64, 11))
        again = json.loads(self.good("ct", "--json", self.path("x.import"), "-o", tape, "--size", "64", "--voxel-mm", "1.5",
                                     "--first-mm", "20", "--slices", "11", "--threads", "3"))
        self.assertEqual(made["root"], again["root"])
        few = ("-o", tape, "--size", "64", "--voxel-mm", "1.5", "--first-mm", "25", "--slices", "1")
        spread = []
        for more in (), ("--window", "hann"), ("--window", "hann", "--cutoff", "0.3"): # ever smoother
            self.good("ct", self.path("x.import"), *few, *more)
            v, n = self.volume(tape)
            spread.append(sum(abs(r[i] - r[i - 1]) ** 2 for r in v for i in range(1, n)))
        self.assertGreater(spread[0], 1.2 * spread[1])
        self.assertGreater(spread[1], 1.2 * spread[2])
        self.refused("ct", self.path("x.import"), *few, "--rings", "1", says="draws no rings")
        self.good("ct", self.path("x.import"), *few, "--rings", "0")
        self.good("ct", "--json", self.path("x.import"), "-o", tape, "--size", "64", "--voxel-mm", "1.5",
                  "--first-mm", "20", "--slices", "11")
        self.good("show", "--plane", "linear-attenuation", "--cut", "axial", "--frame", "5", "--bits", "16", "--low", "-0.1",
                  "--high", "0.5", "-o", png, tape)
        picture = [struct.unpack(">64H", r) for r in read_png(png)[4]]
        inside = [picture[j][i] / 65535 * 0.6 - 0.1 for j in range(64) for i in range(64)
                  if math.hypot((i - 31.5) * 1.5 - 12, (31.5 - j) * 1.5 + 8) < 10]
        self.assertAlmostEqual(sum(inside) / len(inside), 0.2, delta=0.004)
        top = {}
        for cut, size in ("axial", (64, 64)), ("coronal", (11, 96)), ("sagittal", (11, 96)): # a pixel is 1.5 mm, 1 mm
            for slab in "plane", "maximum":
                self.good("show", "--plane", "linear-attenuation", "--cut", cut, "--slab", slab, "--bits", "16", "--low", "-0.1",
                          "--high", "0.5", "-o", png, tape)
                width, height, _, _, rows = read_png(png)
                self.assertEqual((width, height), size)
                grey = [v for r in rows for v in struct.unpack(f">{width}H", r)]
                top[cut, slab] = max(grey)
                bright = [i // width for i, v in enumerate(grey) if v > (0.1 + 0.1) / 0.6 * 65535]
                if slab == "maximum": # the ball's x downwards from above, its -y downwards otherwise
                    middle = sum(bright) / len(bright) * (1.5 if cut == "axial" else 1) - 48
                    self.assertAlmostEqual(middle, 12 if cut == "coronal" else 8, delta=1.5)
            self.assertGreater(top[cut, "maximum"], top[cut, "plane"] - 1)
        self.refused("ct", self.path("x.import", text.replace("belt_mm 0", "belt_mm 90")), "-o", tape, says="move forwards")
        self.refused("ct", self.path("x.import", text), "-o", tape, "--voxel-mm", "20", says="inside the picture")

    def test_refusals(self):
        self.path("p.raw", disc_sinogram(360, 200, 1, 99.5, 200, 300, 2 * math.pi).tobytes())
        out = self.path("v.tape")

        def bad(old, new, says, *options):
            self.refused("ct", self.path("x.import", self.FAN.replace(old, new, 1)), "-o", out, *options, says=says)
            self.assertFalse(os.path.exists(out))

        bad("source_mm 200", "source_mm 40", "source", "--axis", "99.5", "--size", "152", "--voxel-mm", "0.8")
        bad("f32 360", "f32 0", "out of range")
        bad("angle_deg", "angle", "did you mean 'angle_deg'?")
        bad("f32 360", "f32 359", "the file has")
        bad("1 200", "1 210", "the file has")
        bad("0 359", "0 90", "--axis")
        bad("fan", "fan", "out of range", "--cutoff", "0")
        bad("holds attenuation", "", "no darks and flats")
        self.refused("ct", self.path("x.import"), says="the output is not named")
        self.refused("ct", self.path("absent.tape"), "-o", out, says="cannot open")
        self.path("l.raw", array.array("H", range(48)).tobytes())
        self.good("import", self.path("l.import", LINE), "-o", self.path("l.tape"))
        self.refused("ct", self.path("l.tape"), "-o", out, says="no projections")


class Show(Case):
    def test_refusals(self):
        out = self.path("x.png")
        self.refused("show", self.path("absent"), "-o", out, says="cannot open")
        self.refused("show", self.path("empty", ""), "-o", out, says="empty")
        self.refused("show", self.path("noise", os.urandom(5000)), "-o", out)
        self.refused("show", "-o", out, says="something is missing")
        tape = self.path("noise")
        self.refused("show", tape, says="the output is not named")
        self.refused("show", tape, "-o", out, "--plane", "nonsense", says="no quantity 'nonsense'")
        self.refused("show", tape, "-o", out, "--picture", "nonsense", says="'nonsense' is unknown; known: standard")
        self.refused("show", tape, "-o", out, "--plane", "zeff", "-p", "grey", says="exclude each other")
        self.refused("show", tape, "-o", out, "--scale", "0", says="--scale: 0 is out of range")
        self.refused("show", tape, "-o", out, "--bits", "16", says="goes with --plane")

    def test_tape_without(self):
        self.path("l.raw", array.array("H", range(48)).tobytes())
        tape, out = self.path("x.tape"), self.path("x.png")
        self.good("import", self.path("x.import", LINE), "-o", tape)
        self.refused("show", tape, "-o", out, says="no attenuation")
        self.refused("show", tape, "-o", out, "--plane", "zeff", says="no plane of zeff")
        self.refused("show", tape, "-o", out, "--plane", "counts", "--view", "3", says="no plane of counts of this view")
        self.refused("show", tape, "-o", out, "--plane", "counts", "--low", "5", "--high", "5", says="above")
        self.refused("show", tape, "-o", self.path("no/x.png"), "--plane", "counts", says="no/x.png")
        self.good("show", tape, "-o", out, "--plane", "counts", "--legend", "--boxes", "--scale", "40")
        width, height, _, step, _ = read_png(out)
        self.assertEqual((width, step), (240, 4))
        self.assertGreater(height, 160)
        self.good("show", tape, "-o", self.path("view-%d.png"), "--plane", "counts")
        self.assertTrue(os.path.exists(self.path("view-0.png")))


class Views(Case):
    def test_one_place_in_one_column(self):
        """The side view's fan stands 260 mm further along the belt; in the picture the item stands above itself."""
        for name in os.listdir(os.path.join(ROOT, "tests", "faults")):
            if name.startswith("tiny"):
                with open(os.path.join(ROOT, "tests", "faults", name)) as f:
                    self.path(name, re.sub(r"^( *(column_)?pitch_mm) 24$", r"\1 4", f.read(), flags=re.M))
        self.path("x.scene", 'scene "x" {\n box {\n material Fe\n size_mm 200 100 100\n at_mm 0 0 210\n }\n}\n')
        sim = lambda out, *what: self.good("sim", "-q", "--scanner", self.path("tiny.scanner"), *what, "-o", self.path(out))
        sim("dark", "--dark", "--lines", "64")
        sim("air", "--air", "--lines", "64")
        sim("item", "--scene", self.path("x.scene"), "--without", "scatter")
        wedges = []
        for m in "Fe", "polyethylene":
            sim(m, "--wedge", m + ":1,4", "--lines", "20")
            wedges += ["--wedge", self.path(m)]
        for args in (("calibrate", "-q", "--dark", self.path("dark"), "--air", self.path("air"), *wedges, "-o", self.path("c")),
                     ("run", "-q", "-c", self.path("c"), "-o", self.path("out"), self.path("item"))):
            r = run(*args, cwd=self.folder.name)
            self.assertIn(r.returncode, (0, 1), r.stderr)
        for more in (), ("--crop",):
            self.good("show", self.path("out"), "-p", "grey", "-o", self.path("x.png"), *more)
            width, height, _, step, rows = read_png(self.path("x.png"))
            gap = next(y for y, row in enumerate(rows) if len(set(row[::step])) == 1 and row[0] == 0xc8)
            edges = []
            for part in rows[:gap], rows[gap + 8:]:
                dark = [x for x in range(width) if any(row[x * step] < 110 for row in part)]
                edges.append((min(dark), max(dark)))
            self.assertLessEqual(max(abs(a - b) for a, b in zip(*edges)), 3, edges)
            self.assertGreater(edges[0][1] - edges[0][0], 40)


class Files(Case):
    """What is read is never replaced, and nothing but a file is."""

    def setUp(self):
        super().setUp()
        self.path("l.raw", array.array("H", range(48)).tobytes())
        self.tape = self.path("x.tape")
        self.good("import", self.path("x.import", LINE), "-o", self.tape)

    def kept(self, path, *args, says):
        with open(path, "rb") as f:
            before = f.read()
        self.refused(*args, says=says)
        with open(path, "rb") as f:
            self.assertEqual(f.read(), before, args)

    def test_output_is_input(self):
        says = "would be replaced by the output"
        link, hard, part = self.path("link"), self.path("hard"), self.path("y.tape.part")
        os.symlink(self.tape, link)
        os.link(self.tape, hard)
        with open(self.tape, "rb") as f:
            self.path("y.tape.part", f.read())
        self.kept(self.tape, "run", self.tape, "-o", self.tape, says=says)
        self.kept(self.tape, "run", link, "-o", self.tape, says=says)
        self.kept(self.tape, "run", hard, "-o", self.tape, says=says)
        self.kept(self.tape, "show", "--plane", "counts", hard, "-o", self.tape, says=says)
        self.kept(self.tape, "calibrate", "--dark", hard, "--air", self.tape, "-o", hard, says=says)
        self.kept(self.tape, "verify", "--salvage", hard, self.tape, says=says)
        self.kept(part, "verify", "--salvage", self.path("y.tape"), part, says=says)
        self.kept(self.path("x.import"), "import", self.path("x.import"), "-o", self.path("x.import"), says=says)
        self.kept(self.path("l.raw"), "import", self.path("x.import"), "-o", self.path("l.raw"), says=says)
        scene = self.path("x.scene", 'scene "x" {\n mesh {\n material Al\n file t.stl\n }\n}\n')
        with open(os.path.join(ROOT, "examples", "tetrahedron.stl"), "rb") as f:
            mesh = self.path("t.stl", f.read())
        self.kept(mesh, "sim", "--scanner", os.path.join(ROOT, "etc/scanners/parcel.scanner"), "--scene", scene, "-o", mesh,
                  says=says)

    def test_output_is_no_file(self):
        os.mkdir(self.path("folder"))
        os.mkfifo(self.path("pipe"))
        os.symlink(self.tape, self.path("link"))
        for name, says in (("folder", "a folder"), ("pipe", "a pipe"), ("link", "a symbolic link"), ("/dev/null", "a device")):
            self.refused("show", "--plane", "counts", self.tape, "-o", self.path(name), says=says)
            self.refused("import", self.path("x.import"), "-o", self.path(name), says=says)
            self.refused("item", "suitcase", "-o", self.path(name), says=says)

    def test_input_is_a_pipe(self):
        pipe = self.path("pipe")
        os.mkfifo(pipe) # nobody ever writes into it
        out = self.path("out")
        for args in (("info", pipe), ("show", pipe, "-o", out), ("run", pipe, "-o", out), ("import", pipe, "-o", out),
                     ("import", self.path("y.import", LINE.replace("l.raw", "pipe")), "-o", out), ("trace", pipe, "--rays", pipe)):
            self.refused(*args, says="not a regular file")

    def test_control_characters(self):
        odd = self.path("\033[31m\u202e\nx")
        os.link(self.tape, odd)
        for out in (run("verify", odd).stdout, run("info", odd).stdout, run("info", odd + "?").stderr):
            self.assertIn("\\x1b[31m\\xe2\\x80\\xae\\x0ax", out)
            self.assertNotIn("\033", out)

    def test_long_name_keeps_the_reason(self):
        self.refused("info", self.path("n" * 300), says="File name too long")
        self.refused("info", "/".join(["n" * 200] * 19), says="No such file or directory")

    def test_standard_output(self):
        for args in (("mu", "Fe", "60"), ("help",), ("info", self.tape), ("info", "--json", self.tape), ("stages",), ("run", "--help"),
                     ("--version",), ("item", "suitcase"), ("verify", self.tape), ("verify", "--json", self.tape)):
            with open("/dev/full", "wb") as full:
                r = subprocess.run([DOORLICHT, *args], stdout=full, stderr=subprocess.PIPE, text=True)
            self.assertEqual((r.returncode, len(r.stderr.splitlines())), (2, 1), (args, r.stderr))
            self.assertIn("standard output", r.stderr)
        out = self.path("y.tape") # a closed standard output must not become the tape
        subprocess.run(["sh", "-c", '"$0" "$@" >&-', DOORLICHT, "import", self.path("x.import"), "-o", out], stderr=subprocess.DEVNULL)
        self.good("verify", out)

    def test_memory(self):
        with open(DOORLICHT, "rb") as f:
            if b"__asan_init" in f.read():
                return print("SKIPPED: limited memory: a sanitized program reserves terabytes of addresses; plain builds try it")
        limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (64 << 20, 64 << 20))
        self.path("p.raw", bytes(40 << 20))
        big = PARALLEL.replace("raw p.raw f32 5 3 4", "raw p.raw f32 10 1024 1024")
        big = re.sub(r" (darks|flats) \{[^}]*\}", "", big)
        r = subprocess.run([DOORLICHT, "import", self.path("big.import", big), "-o", self.path("big.tape")], capture_output=True,
                           text=True, preexec_fn=limit)
        self.assertEqual((r.returncode, len(r.stderr.splitlines())), (2, 1), r.stderr)
        self.assertTrue(r.stderr.startswith("doorlicht import: "), r.stderr)
        self.assertNotIn("big.tape", os.listdir(self.folder.name))


STREAM = """recipe stream {
    stage signal
    stage afterglow
    stage zero
    stage crosstalk
    stage dose
    stage transmission
    stage position
    stage rows
    stage attenuation
    stage denoise
}
"""


class Stream(Case):
    """A scan of a line scanner is read run by run: longer than what is kept of it in memory."""

    def test_same_as_whole(self):
        recipe, raw, calib = self.path("s.recipe", STREAM), self.path("air.tape"), self.path("x.calib")
        for what, lines in (("dark", "32"), ("air", "700")):
            self.good("sim", "-q", "--scanner", "parcel", "--" + what, "--lines", lines, "-o", self.path(what + ".tape"))
        r = run("calibrate", "-q", "--dark", self.path("dark.tape"), "--air", raw, "-o", calib)
        self.assertIn(r.returncode, (0, 1), r.stderr)
        made = []
        sealed = [["--sealed"]] if os.path.exists(WORKER) else []
        if not sealed:
            print("SKIPPED: run --sealed; this build has no worker", file=sys.stderr)
        for how in ([], ["--live"], ["--step", "64"], *sealed): # live goes over the whole scan in memory
            out = self.path("out.tape")
            r = run("run", "-q", *how, "-r", recipe, "-c", calib, "-o", out, raw)
            self.assertIn(r.returncode, (0, 1), r.stderr)
            with open(out, "rb") as f:
                made.append(f.read())
        self.assertGreater(len(made[0]), 1 << 20)
        self.assertTrue(all(m == made[0] for m in made))
        with open(raw, "rb") as f:
            data = bytearray(f.read())
        data[len(data) // 2] ^= 1
        bad = self.path("bad.tape", bytes(data))
        r = run("run", "-q", "-r", recipe, "-c", calib, "-o", self.path("no.tape"), bad)
        self.assertEqual((r.returncode, len(r.stderr.splitlines())), (1, 1), r.stderr)
        self.assertIn("verify --salvage", r.stderr)
        self.assertNotIn("no.tape", " ".join(os.listdir(self.folder.name)))


@unittest.skipUnless(os.path.exists(WORKER), "this build has no worker")
class Sealed(Case):
    def test_report(self):
        """Everything is either given up or refused; what is refused is an alarm, and the inspection goes on."""
        raw = self.path("air.tape")
        self.good("sim", "-q", "--scanner", "parcel", "--dark", "--lines", "32", "-o", self.path("dark.tape"))
        self.good("sim", "-q", "--scanner", "parcel", "--air", "--lines", "32", "-o", raw)
        r = run("calibrate", "-q", "--dark", self.path("dark.tape"), "--air", raw, "-o", self.path("x.calib"))
        self.assertIn(r.returncode, (0, 1), r.stderr)
        made = ["-r", self.path("s.recipe", STREAM), "-c", self.path("x.calib"), "-o", self.path("o.tape"), raw]
        r = run("run", "-q", "--sealed", "--json", *made)
        report = json.loads(r.stdout)
        worker = report["worker"]
        self.assertEqual(len(worker["given_up"]) + len(worker["refused"]), 11)
        self.assertTrue({"system-calls", "vdso", "descriptors", "environment"} <= set(worker["given_up"]))
        self.assertEqual(worker["deaths"], 0)
        self.assertEqual(r.returncode, 1 if worker["refused"] or report["alarms"] else 0)
        text = run("run", "-q", "--sealed", *made).stdout
        self.assertEqual(text.count("the kernel did not take"), len(worker["refused"]))

    def test_recipe_errors(self):
        """The worker's complaint about the recipe names its file and line."""
        raw = self.path("air.tape")
        self.good("sim", "-q", "--scanner", "parcel", "--air", "--lines", "8", "-o", raw)
        bad = self.path("s.recipe", "recipe s {\n    stage sgnal\n}\n")
        self.refused("run", "--sealed", "-r", bad, "-o", self.path("o.tape"), raw, says="s.recipe:2")

    def test_not_installed(self):
        program = shutil.copy(DOORLICHT, self.path("doorlicht"))
        raw = self.path("air.tape")
        self.good("sim", "-q", "--scanner", "parcel", "--air", "--lines", "8", "-o", raw)
        r = subprocess.run([program, "run", "--sealed", "-o", self.path("o.tape"), raw], capture_output=True, text=True)
        self.assertEqual(r.returncode, 2)
        self.assertIn("leave out --sealed", r.stderr)


class RealData(Case):
    """Measured frames through calibration to pictures."""

    def inspect(self, name):
        data = os.path.join(SHARED, "data", name)
        if not os.path.isdir(data):
            return print(f"SKIPPED: {name}: {data} is not there") or None
        raw, calib, tape = self.path("raw.tape"), self.path("x.calib"), self.path("x.tape")
        self.good("import", "--data", data, os.path.join(ROOT, "examples", name + ".import"), "-o", raw)
        r = run("calibrate", "-q", "--dark", raw, "--air", raw, "-o", calib)
        self.assertIn(r.returncode, (0, 1), r.stderr) # a few frames only: that is a warning
        self.notes = r.stdout
        r = run("run", "-q", "--keep", "-c", calib, "-o", tape, raw)
        self.assertIn(r.returncode, (0, 1), r.stderr)
        return tape

    def test_object(self):
        tape, png = self.inspect("dls_image_test"), self.path("x.png")
        if tape is None:
            return
        self.assertIn("1 pixels of 21600 are dead", self.notes) # its flat equals its dark
        self.good("show", tape, "--plane", "mask", "--bits", "8", "--high", "255", "-o", png)
        rows = read_png(png)[4]
        self.assertEqual([(x, y, v) for y, row in enumerate(rows) for x, v in enumerate(row) if v & 4], [(0, 0, 4)])
        self.good("show", tape, "--plane", "attenuation", "--low", "0", "--high", "4", "--bits", "16", "-o", png)
        width, height, _, _, rows = read_png(png)
        self.assertEqual((width, height), (160, 135))
        value = lambda x, y: struct.unpack_from(">H", rows[y], 2 * x)[0] * 4 / 65535
        self.assertLess(abs(value(0, 0) - value(1, 0)), 0.1) # the masked pixel got its neighbour's value
        self.assertLess(value(20, 40), 0.5)                  # beside the object
        self.assertGreater(value(75, 90), 1.5)               # the rod in the middle
        for plane in "transmission", "attenuation":
            self.good("show", tape, "--plane", plane, "-o", png)
        self.good("show", tape, "-p", "grey", "--sinogram", "67", "--auto", "-o", png)
        self.assertEqual(read_png(png)[:2], (160, 91))

    def test_tooth(self):
        tape, png = self.inspect("aps_tooth"), self.path("x.png")
        if tape is None:
            return
        self.good("show", tape, "--plane", "attenuation", "--low", "-1", "--high", "3", "--bits", "16", "--sinogram", "0",
                  "-o", png)
        width, height, _, _, rows = read_png(png)
        self.assertEqual((width, height), (640, 181))
        values = [[v * 4 / 65535 - 1 for v in struct.unpack(">640H", row)] for row in rows]
        air = [v for row in values for v in row[450:600]]
        self.assertLess(abs(sum(air) / len(air)), 0.03)
        # The tooth turns about column 295.5: a projection and its mirror image half a turn later have
        # their centres of mass on either side of it (181 angles of 180 / 181 degrees).
        centre = [sum(x * max(v, 0) for x, v in enumerate(row[50:450], 50)) / sum(max(v, 0) for v in row[50:450])
                  for row in (values[0], values[180])]
        self.assertLess(abs(sum(centre) / 2 - 295.5), 3)


if __name__ == "__main__":
    unittest.main()

"""Gives scripts/prepare_data small archives of the published shape and looks at what it writes.

usage: prepare_data_test.py PREPARE_DATA REMASK
Exit code 77: NumPy or Pillow is missing."""
import io
import pathlib
import subprocess
import sys
import tempfile
import unittest
import zipfile

try:
    import numpy
    from PIL import Image
except ImportError as missing:
    print(f"skipped: {missing}: install python3-numpy and python3-pil")
    sys.exit(77)

SCRIPT, REMASK = "", ""
TABLE = "Filename;Width;Height;Roi.X1;Roi.Y1;Roi.X2;Roi.Y2;ClassId\n"


def picture(mode, size, colour, kind, spots=()):
    image = Image.new(mode, size, colour)
    for place, value in spots:
        image.putpixel(place, value)
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def write_gtsrb(folder):
    """Two classes with a track of seven frames each, two test images."""
    with zipfile.ZipFile(folder / "GTSRB_Final_Training_Images.zip", "w") as archive:
        for sign in (0, 14):
            place = f"GTSRB/Final_Training/Images/{sign:05d}"
            rows = TABLE
            for frame in range(7):
                name = f"00000_{frame:05d}.ppm"
                archive.writestr(f"{place}/{name}", picture("RGB", (29, 40), (10 * frame, sign, 200), "PPM"))
                rows += f"{name};29;40;5;5;24;35;{sign}\n"
            archive.writestr(f"{place}/GT-{sign:05d}.csv", rows)
    with zipfile.ZipFile(folder / "GTSRB_Final_Test_Images.zip", "w") as archive:
        for number in range(2):
            archive.writestr(f"GTSRB/Final_Test/Images/{number:05d}.ppm", picture("RGB", (33, 33), (number, 2, 3), "PPM"))
    with zipfile.ZipFile(folder / "GTSRB_Final_Test_GT.zip", "w") as archive:
        archive.writestr("GT-final_test.csv", TABLE + "00000.ppm;33;33;1;1;9;9;42\n00001.ppm;33;33;1;1;9;9;7\n")


def write_omniglot(folder):
    """Two characters of an alphabet, 20 drawers; drawer 1's first character has black ink in its upper left corner."""
    with zipfile.ZipFile(folder / "images_background.zip", "w") as archive:
        for character in (1, 2):
            for drawer in range(1, 21):
                ink = [((x, y), 0) for x in range(4) for y in range(4)] if (character, drawer) == (1, 1) else []
                archive.writestr(f"images_background/Greek/character{character:02d}/{300 + character:04d}_{drawer:02d}.png",
                                 picture("1", (105, 105), 1, "PNG", ink))


class PrepareData(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.scratch.name)
        self.data = self.folder / "data"
        self.addCleanup(self.scratch.cleanup)

    def prepare(self):
        return subprocess.run([sys.executable, "-B", SCRIPT, str(self.folder), str(self.data)], capture_output=True, text=True, check=False)

    def test_gtsrb_has_every_third_frame(self):
        write_gtsrb(self.folder)
        run = self.prepare()
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("6 training and 2 test images", run.stdout)
        records = numpy.fromfile(self.data / "gtsrb/train.bin", numpy.uint8).reshape(-1, 3073)
        self.assertEqual(records[:, 0].tolist(), [0, 0, 0, 14, 14, 14])
        self.assertEqual(records[:, 1].tolist(), [0, 30, 60, 0, 30, 60])  # red planes of frames 0, 3 and 6
        self.assertTrue((records[3, 1 + 1024:1 + 2048] == 14).all())
        self.assertTrue((records[:, 1 + 2048:] == 200).all())
        test = numpy.fromfile(self.data / "gtsrb/test.bin", numpy.uint8).reshape(-1, 3073)
        self.assertEqual(test[:, :2].tolist(), [[42, 0], [7, 1]])

    def test_omniglot_is_bright_ink_by_alphabet_character_and_drawer(self):
        write_omniglot(self.folder)
        run = self.prepare()
        self.assertEqual(run.returncode, 0, run.stderr)
        images = (self.data / "omniglot/images-28x28-idx3-ubyte").read_bytes()
        self.assertEqual(images[:16], bytes([0, 0, 8, 3, 0, 0, 0, 40, 0, 0, 0, 28, 0, 0, 0, 28]))
        pixels = numpy.frombuffer(images[16:], numpy.uint8).reshape(40, 28, 28)
        self.assertEqual(pixels[0, 0, 0], 255)
        self.assertEqual(pixels[0, 5, 5], 0)
        self.assertEqual(int(pixels[1:].max()), 0)
        meta = numpy.frombuffer((self.data / "omniglot/meta-alphabet-char-drawer-idx2-ubyte").read_bytes()[12:], numpy.uint8).reshape(-1, 3)
        self.assertEqual(meta[[0, 19, 20]].tolist(), [[0, 0, 1], [0, 0, 20], [0, 1, 1]])
        self.assertEqual((self.data / "omniglot/alphabets.txt").read_text(), "Greek\n")

    def test_remask_finds_what_was_written(self):
        write_gtsrb(self.folder)
        write_omniglot(self.folder)
        self.assertEqual(self.prepare().returncode, 0)
        root = pathlib.Path(SCRIPT).resolve().parent.parent
        experiment = self.folder / "e.yaml"
        experiment.write_text(
            f"name: e\nbackbone: {{model: {root}/experiments/quickstart/backbone.h5}}\nhardware: {{extends: isaac.yaml}}\n"
            "tasks:\n  - {name: signs, data: {dataset: gtsrb, classes: [7, 14, 42]}}\n"
            "  - {name: greek, data: {dataset: omniglot, alphabet: Greek}}\nmethods: [{method: classifier}]\n", encoding="utf-8")
        run = subprocess.run([REMASK, "check", str(experiment), "--data", str(self.data)], capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_refuses_rows_and_names_that_are_none_of_the_data_set(self):
        write_gtsrb(self.folder)
        with zipfile.ZipFile(self.folder / "GTSRB_Final_Test_GT.zip", "w") as archive:
            archive.writestr("GT-final_test.csv", TABLE + "00000.ppm;33;33;1;1;9;9;43\n")
        self.assertIn("of class 43 is none of GTSRB's", self.prepare().stderr)
        for archive in self.folder.glob("GTSRB*"):
            archive.unlink()
        for name in ("character300/0300_01.png", "character01/0301_21.png", "character00/0300_01.png"):
            with zipfile.ZipFile(self.folder / "images_background.zip", "w") as archive:
                archive.writestr("images_background/Greek/" + name, picture("1", (105, 105), 1, "PNG"))
            self.assertIn("characters are 1 to 255, drawers 1 to 20", self.prepare().stderr)
        with zipfile.ZipFile(self.folder / "images_background.zip", "w") as archive:
            archive.writestr("images_background/Greek/character01/0301_01.png", b"no picture")
        run = self.prepare()
        self.assertIn("0301_01.png", run.stderr)
        self.assertNotIn("Traceback", run.stderr)
        self.assertFalse(self.data.exists())

    def test_says_what_is_missing_or_damaged(self):
        run = self.prepare()
        self.assertEqual(run.returncode, 1)
        self.assertIn("none of the archives is there", run.stderr)
        write_gtsrb(self.folder)
        (self.folder / "GTSRB_Final_Test_GT.zip").unlink()
        self.assertIn("GTSRB_Final_Test_GT.zip: there is no such file", self.prepare().stderr)
        (self.folder / "GTSRB_Final_Test_GT.zip").write_bytes(b"half an archive")
        run = self.prepare()
        self.assertEqual(run.returncode, 1)
        self.assertIn("damaged", run.stderr)
        self.assertNotIn("Traceback", run.stderr)
        self.assertFalse(self.data.exists(), "something was left half-written")


if __name__ == "__main__":
    SCRIPT, REMASK = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1])

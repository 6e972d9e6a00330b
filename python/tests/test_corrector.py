"""The corrector that ships, as a module and as a transform."""

import json
import pathlib
import tempfile
import unittest
import warnings

import torch
from PIL import Image

from realitygap import Correct, Corrector
from realitygap.stages import histogram, snap

SAMPLE = pathlib.Path(__file__).resolve().parents[2] / "Experiments/sample"
PHOTO = next(iter(sorted((SAMPLE / "images").iterdir())))


class CorrectorTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        torch.manual_seed(0)
        cls.corrector = Corrector.from_file(SAMPLE / "corrector.h5")

    def test_parameters_are_read_and_written(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "G.safetensors"
            self.corrector.save(path)
            again = Corrector.from_file(path)
        self.assertEqual(again.configuration, self.corrector.configuration)
        x = torch.randn(2, 3, 256, 256)
        with torch.no_grad():
            self.assertTrue(torch.equal(again(x), self.corrector(x)))

    def test_the_transform_takes_a_photo_of_any_size(self):
        transform = Correct(self.corrector)
        with Image.open(PHOTO) as photo:
            corrected = transform(photo)
        self.assertEqual(list(corrected.shape), [3, 224, 224])
        self.assertTrue(torch.isfinite(corrected).all())

    def test_the_transform_takes_pillow_images_bytes_and_numbers(self):
        transform = Correct(self.corrector)
        pixels = torch.randint(0, 256, (3, 256, 256), dtype=torch.uint8)
        picture = Image.fromarray(pixels.permute(1, 2, 0).numpy())
        results = [transform(pixels), transform(picture), transform(pixels / 255)]
        for result in results[1:]:
            self.assertLess((result - results[0]).abs().max(), 1e-4)
        with self.assertRaisesRegex(ValueError, "3, 224, 224"):
            transform(pixels[:, :224, :224])

    def test_a_batch_gives_each_image_what_it_gets_alone(self):
        x = torch.randn(3, 3, 256, 256)
        with torch.no_grad():
            together = self.corrector(x)
            alone = torch.cat([self.corrector(image[None]) for image in x])
        self.assertLess((together - alone).abs().max(), 1e-3)

    def test_training_learns(self):
        """Gradients reach the first layer of each stage."""
        configuration = json.loads(json.dumps(self.corrector.configuration))
        configuration["unet"]["startsAsIdentity"] = False
        corrector = Corrector(configuration).train()
        for stage in (corrector.transformer.localisation, corrector.color):
            torch.nn.init.normal_(stage.head.weight, std=0.01)
        corrector(torch.randn(2, 3, 256, 256)).square().mean().backward()
        for name in ("transformer.localisation.convolutions.0", "color.convolutions.0", "unet.down.0.0"):
            gradient = corrector.get_parameter(f"{name}.weight").grad
            self.assertGreater(gradient.abs().max(), 0, name)

    def test_what_is_left_out_is_said(self):
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            Corrector.from_file(SAMPLE / "corrector-lattice.h5")
        self.assertTrue(any("lattice" in str(warning.message) for warning in said))

    def test_bad_files_are_refused(self):
        with self.assertRaisesRegex(ValueError, "not a corrector"):
            Corrector.from_file(SAMPLE / "squeezenet1_1.h5")
        with self.assertRaises(FileNotFoundError):
            Corrector.from_file(SAMPLE / "none.h5")
        with self.assertRaisesRegex(ValueError, "256"):
            self.corrector(torch.zeros(1, 3, 224, 224))


class StageTest(unittest.TestCase):
    def test_histograms_count_every_pixel(self):
        counts = histogram(torch.randn(2, 3, 16, 16), 8).view(2, 4, 8).square()
        self.assertTrue(torch.allclose(counts.sum(2), torch.full((2, 4), 8.0)))

    def test_snapping_is_for_small_differences_and_never_for_nan(self):
        vectors = torch.tensor([[0.5, 0], [3, 0], [torch.nan, 0]])
        snapped = snap(vectors, torch.zeros(2), torch.eye(2), None, 1.0)
        self.assertEqual(snapped[:2].tolist(), [[0, 0], [3, 0]])
        self.assertTrue(snapped[2, 0].isnan())


if __name__ == "__main__":
    unittest.main()

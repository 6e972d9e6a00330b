"""The worker's half of the protocol, and how it reads models."""

import importlib.util
import io
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import numpy

from realitygap import protocol, worker


class ProtocolTest(unittest.TestCase):
    def request(self, number, batch):
        return struct.pack("<4s5I", b"RGRQ", number, *batch.shape) + batch.tobytes()

    def serve(self, data):
        output = io.BytesIO()
        with mock.patch("sys.stdin", mock.Mock(buffer=io.BytesIO(data))):
            protocol.serve(
                lambda images: images.reshape(len(images), -1)[:, :5], {"name": "test"}, output)
        return output.getvalue()

    def test_batches_are_answered_in_their_order(self):
        batches = [numpy.random.rand(n, 2, 2, 3).astype("f") for n in (3, 1, 7)]
        said = self.serve(b"".join(map(self.request, range(7, 10), batches)))
        line, _, rest = said.partition(b"\n")
        self.assertEqual(json.loads(line), {"realitygap_worker": 2, "name": "test"})
        for number, batch in enumerate(batches, 7):
            self.assertEqual(struct.unpack("<4s3I", rest[:16]), (b"RGAN", number, len(batch), 5))
            numbers = numpy.frombuffer(rest[16:16 + 20 * len(batch)], "<f4").reshape(-1, 5)
            numpy.testing.assert_array_equal(numbers, batch.reshape(len(batch), -1)[:, :5])
            rest = rest[16 + 20 * len(batch):]
        self.assertEqual(rest, b"")

    def test_a_stream_that_ends_within_a_batch_is_an_error(self):
        whole = self.request(0, numpy.zeros((2, 2, 2, 3), "f"))
        for length in (10, 30):
            with self.assertRaises(EOFError):
                self.serve(whole[:length])
        with self.assertRaises(ValueError):
            self.serve(b"XXXX" + whole[4:])


class ModelTest(unittest.TestCase):
    def test_a_model_gets_its_own_mean_and_deviation(self):
        pixels = numpy.random.rand(1, 2, 2, 3).astype("f")
        images = (pixels - numpy.float32(worker.MEAN)) / numpy.float32(worker.DEVIATION)
        model = worker.Model(lambda x: x.reshape(1, -1), "0" * 64, [], (0.5,) * 3, (0.25,) * 3)
        expected = ((pixels - 0.5) / 0.25).reshape(1, -1)
        numpy.testing.assert_allclose(model(images), expected, atol=1e-5)

    def test_a_checkpoint_says_how_many_classes_it_has(self):
        import torch

        def make(classes):
            return torch.nn.Sequential(torch.nn.Linear(12, 8), torch.nn.Linear(8, classes))

        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/c.pth"
            state = make(10).state_dict()
            torch.save({"model": {f"module.{key}": value for key, value in state.items()}}, path)
            model = worker.with_checkpoint(make, path)
            self.assertEqual(model[1].out_features, 10)
            torch.testing.assert_close(dict(model.state_dict()), dict(state))
            torch.save({"0.weight": state["0.weight"]}, path)
            with self.assertRaisesRegex(SystemExit, "how many classes"):
                worker.with_checkpoint(make, path)

    def test_the_digest_is_of_all_that_decides_the_logits(self):
        models = [
            worker.Model(lambda x: x, digest, [], mean, deviation)
            for digest in ("a" * 64, "b" * 64) for mean in (worker.MEAN, (0.5,) * 3)
            for deviation in (worker.DEVIATION, (0.5,) * 3)]
        self.assertEqual(len({model.digest for model in models}), 8)

    def test_what_is_no_row_an_image_is_refused(self):
        model = worker.Model(lambda x: x[:1].reshape(1, -1), "0" * 64, [])
        with self.assertRaises(ValueError):
            model(numpy.zeros((2, 2, 2, 3), "f"))


MODULE = """
import os
import torch
print("loading")
os.write(1, b"from C\\n")

class Flat(torch.nn.Module):
    def forward(self, x):
        if x.shape[0] > 2:
            raise RuntimeError("no memory for it")
        return x.flatten(1)[:, :4] * {factor}

def first():
    return Flat()

def second():
    return Flat()
"""


@unittest.skipUnless(importlib.util.find_spec("torch"), "needs PyTorch")
class PythonFileTest(unittest.TestCase):
    def run_worker(self, data, factor=1, function="first"):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "model.py")
            path.write_text(MODULE.format(factor=factor))
            return subprocess.run(
                [sys.executable, "-m", "realitygap.worker", "python", f"{path}:{function}"], input=data,
                capture_output=True, cwd=pathlib.Path(__file__).parents[1])

    def hello(self, **options):
        return json.loads(self.run_worker(b"", **options).stdout)

    def test_code_and_function_are_part_of_the_digest(self):
        digests = [self.hello()["digest"], self.hello(factor=2)["digest"], self.hello(function="second")["digest"]]
        self.assertEqual(len(set(digests)), 3)
        self.assertEqual(self.hello()["digest"], digests[0])

    def test_what_a_model_prints_is_not_among_the_answers_and_its_error_is_said(self):
        batch = numpy.zeros((3, 2, 2, 3), "f")
        request = struct.pack("<4s5I", b"RGRQ", 0, *batch.shape) + batch.tobytes()
        ended = self.run_worker(request)
        self.assertEqual(ended.returncode, 1)
        self.assertEqual(ended.stdout.count(b"\n"), 1)
        self.assertIn(b"from C", ended.stderr)
        self.assertTrue(ended.stderr.strip().endswith(b"no memory for it"), ended.stderr)


if __name__ == "__main__":
    unittest.main()

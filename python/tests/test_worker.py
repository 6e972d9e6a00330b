"""The worker's half of the protocol, and how it reads models."""

import io
import json
import struct
import unittest
from unittest import mock

import numpy

from realitygap import protocol, worker


class ProtocolTest(unittest.TestCase):
    def request(self, batch):
        return struct.pack("<4s4I", b"RGRQ", *batch.shape) + batch.tobytes()

    def serve(self, data):
        output = io.BytesIO()
        streams = mock.Mock(buffer=io.BytesIO(data)), mock.Mock(buffer=output)
        with mock.patch("sys.stdin", streams[0]), mock.patch("sys.stdout", streams[1]):
            protocol.serve(lambda images: images.reshape(len(images), -1)[:, :5], {"name": "test"})
        return output.getvalue()

    def test_batches_are_answered_in_their_order(self):
        batches = [numpy.random.rand(n, 2, 2, 3).astype("f") for n in (3, 1, 7)]
        said = self.serve(b"".join(map(self.request, batches)))
        line, _, rest = said.partition(b"\n")
        self.assertEqual(json.loads(line), {"realitygap_worker": 1, "name": "test"})
        for batch in batches:
            self.assertEqual(struct.unpack("<4s4I", rest[:20]), (b"RGAN", len(batch), 5, 1, 1))
            numbers = numpy.frombuffer(rest[20:20 + 20 * len(batch)], "<f4").reshape(-1, 5)
            numpy.testing.assert_array_equal(numbers, batch.reshape(len(batch), -1)[:, :5])
            rest = rest[20 + 20 * len(batch):]
        self.assertEqual(rest, b"")

    def test_a_stream_that_ends_within_a_batch_is_an_error(self):
        whole = self.request(numpy.zeros((2, 2, 2, 3), "f"))
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

    def test_what_is_no_row_an_image_is_refused(self):
        model = worker.Model(lambda x: x[:1].reshape(1, -1), "0" * 64, [])
        with self.assertRaises(ValueError):
            model(numpy.zeros((2, 2, 2, 3), "f"))


if __name__ == "__main__":
    unittest.main()

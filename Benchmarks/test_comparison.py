"""Tests of the harness: `PYTHON -m unittest discover Benchmarks`, PYTHON the environment's."""

from __future__ import annotations

import json
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from torch.utils.data import DataLoader

from comparison import export, inference, machine, ours, results, rounds, works
from comparison.contest import Contest, Ours, Peer, Row
from comparison.peer_process import PeerFailed, PeerProcess
from comparison.peers import photo_folder, pytorch
from comparison.reference import Reference
from comparison.rounds import Measurements
from comparison.summary import summary
from comparison.timing import Repeater, Unavailable, fastest
from comparison.workplace import Workplace

STUB = """
import time
from comparison.timing import Unavailable
def prepare(settings):
    print("noise on standard output")
    if settings.get("lacking"): raise Unavailable("no such unit")
    if settings.get("broken"): raise ValueError("no such model")
    return Stub()
class Stub:
    details = {"hint": "none"}
    def measure(self, seconds):
        if seconds > 1: raise MemoryError("too large")
        return {"": 10 * seconds}
"""


class Scripts(unittest.TestCase):
    """Gives each test a temporary folder."""

    def setUp(self) -> None:
        kept = tempfile.TemporaryDirectory()
        self.addCleanup(kept.cleanup)
        self.folder = Path(kept.name)

    def script(self, body: str) -> Path:
        """An executable that stands for our program."""
        path = self.folder / "program"
        path.write_text("#!/bin/sh\n" + body)
        path.chmod(0o755)
        return path


class OursTests(Scripts):
    def test_rates_are_found_by_the_last_word_of_their_work(self) -> None:
        row = '{"work": "imaging %s", "unit": "photos/s", "median": %d}'
        body = "echo progress >&2\n" + "".join(
            f"echo '{row % pair}'\n" for pair in (("decode", 4), ("resize+crop", 5))
        )
        rates = ours.measure(self.script(body), [], {})
        self.assertEqual(rates, {"decode": 4, "resize+crop": 5})

    def test_status_64_means_that_the_command_is_not_there(self) -> None:
        program = self.script("echo 'Error: Unexpected argument' >&2; echo Usage: >&2; exit 64")
        with self.assertRaisesRegex(ours.OursUnavailable, "bench x: Error: Unexpected argument"):
            ours.measure(program, ["bench", "x"], {})

    def test_other_statuses_are_failures_with_the_last_line(self) -> None:
        with self.assertRaisesRegex(ours.OursFailed, "Error: out of memory"):
            ours.measure(self.script("echo 'Error: out of memory' >&2; exit 1"), [], {})

    def test_results_that_are_not_what_was_asked_for_are_refused(self) -> None:
        good = {"work": "inference m bfloat16", "unit": "images/s", "median": 1, "threads": 2}
        for change in ({"unit": "ms"}, {"work": "inference m float32"}, {"threads": 4}):
            program = self.script(f"echo '{json.dumps({**good, **change})}'")
            with self.assertRaises(ours.OursFailed):
                ours.measure(program, [], {"work": good["work"], "threads": 2})
        for output in ("", "echo '{\"work\": 1}'", "echo '{'"):
            with self.assertRaises(ours.OursFailed):
                ours.measure(self.script(output), [], {})


class PeerProcessTests(Scripts):
    def setUp(self) -> None:
        super().setUp()
        (self.folder / "stub_peer.py").write_text(STUB)
        patch = mock.patch.dict(os.environ, {"PYTHONPATH": str(self.folder)})
        patch.start()
        self.addCleanup(patch.stop)

    def test_a_peer_answers_until_it_is_closed_and_uses_nothing_while_idle(self) -> None:
        peer = PeerProcess("stub", "stub_peer", {}, 1)
        self.addCleanup(peer.close)
        self.assertEqual(peer.details, {"hint": "none"})
        self.assertEqual([peer.measure(s)[""] for s in (0.5, 1.0)], [5, 10])
        self.assertLess(peer.idle_processor, 0.05)

    def test_a_peer_that_cannot_be_loaded_or_dies_says_why(self) -> None:
        with self.assertRaisesRegex(PeerFailed, "stub: ValueError: no such model"):
            PeerProcess("stub", "stub_peer", {"broken": True}, 1)
        peer = PeerProcess("stub", "stub_peer", {}, 1)
        self.addCleanup(peer.close)
        with self.assertRaisesRegex(PeerFailed, "MemoryError: too large"):
            peer.measure(2)


    def test_a_peer_that_this_machine_cannot_run_is_unavailable_and_stops_no_other(self) -> None:
        place = Workplace(self.folder, 1, 0.01, None, 16)
        peers = tuple(
            Peer(name, "stub", lambda _, name=name: {"lacking": name == "a"}) for name in "ab"
        )
        contest = Contest((), (), peers, 1)

        def process(name: str, module: str, *rest: object) -> PeerProcess:
            return PeerProcess(name, "stub_peer", *rest)

        with mock.patch.object(rounds, "PeerProcess", process):
            found = rounds.play(contest, place, None, 1)
        self.assertEqual(found.unavailable, {"a": "a: no such unit"})
        self.assertEqual((list(found.peers), found.failed), (["b"], {}))


class ReferenceTests(Scripts):
    REFERENCE = Reference(np.zeros((2, 3, 4, 4), "f"), np.array([[0, 1.99], [-2, 1]], "f"))

    def test_what_was_written_is_read(self) -> None:
        self.REFERENCE.write(str(self.folder))
        read = Reference.read(str(self.folder))
        np.testing.assert_array_equal(read.images, self.REFERENCE.images)
        np.testing.assert_array_equal(read.logits, self.REFERENCE.logits)

    def test_differences_are_in_parts_of_the_largest_logit(self) -> None:
        near = self.REFERENCE.logits + np.float32(1e-4)
        details = self.REFERENCE.check(near, "float32")
        self.assertEqual(details, {"difference from PyTorch": "5.0e-05"})

    def test_logits_that_are_not_pytorchs_are_refused(self) -> None:
        right = self.REFERENCE.logits
        for wrong in (right + 7e-4, right * np.nan, right[:1], right[:, ::-1]):
            with self.assertRaises(ValueError):
                self.REFERENCE.check(wrong, "float32")
        with self.assertRaises(ValueError):
            self.REFERENCE.check(right + 0.07, "bfloat16")
        self.REFERENCE.check(right + 0.05, "bfloat16")

    def test_float32_must_choose_the_same_class_where_two_are_close(self) -> None:
        close = Reference(self.REFERENCE.images, np.array([[2, 1.9999]]))
        other = np.array([[1.9999, 2]])
        with self.assertRaisesRegex(ValueError, "top-1"):
            close.check(other, "float32")
        close.check(other, "bfloat16")


class InferenceTests(Scripts):
    def test_peers_that_read_files_find_pytorchs_logits_or_are_refused(self) -> None:
        torch.manual_seed(0)
        network = torch.nn.Sequential(
            *(torch.nn.Conv2d(3, 8, 3), torch.nn.ReLU(), torch.nn.Conv2d(8, 16, 3)),
            *(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()),
        ).eval()
        export.write(network, torch.randn(2, 3, 32, 32), str(self.folder))
        reference = Reference.read(str(self.folder))
        settings = {"network": str(self.folder), "threads": 1, "precision": "float32"}
        for name in ("onnxruntime", "openvino", "mnn", "ncnn"):
            module = f"comparison.peers.{name}_inference"
            reference.write(str(self.folder))
            peer = PeerProcess(name, module, settings, 1)
            self.addCleanup(peer.close)
            self.assertGreater(peer.measure(0.01)[""], 0)
            Reference(reference.images, reference.logits[::-1]).write(str(self.folder))
            with self.assertRaisesRegex(PeerFailed, f"{name}: ValueError: logits differ"):
                PeerProcess(name, module, settings, 1)

    def test_single_images_have_rows_of_their_own(self) -> None:
        rows = {row.work: one for one in works.contests(2, 16) for row in one.rows}
        contest = rows["inference vgg11 float32 batch 1"]
        place = mock.Mock(seconds=1.0)
        self.assertIn("--batch 1 ", " ".join(contest.ours[0].arguments(place)))
        self.assertEqual(contest.ours[0].expected["batch"], 1)
        for peer in contest.peers:
            peer.settings(place)
            place.network.assert_called_with("vgg11", 1)

    def test_bfloat16_is_asked_of_those_alone_that_compute_in_it(self) -> None:
        peers = [one.peers for one in inference.contests(2, 16) if "bfloat16" in one.rows[0].work]
        for names in ([peer.name for peer in some] for some in peers):
            self.assertIn("ncnn", names)
            self.assertIn("torch.compile autocast", names)
            self.assertFalse({"mnn", "onnxruntime"} & set(names))

    def test_bfloat16_wants_a_processor_that_has_it(self) -> None:
        with mock.patch.object(machine, "_field", lambda *_: "avx2 avx512_bf16"):
            machine.require_bfloat16()
        for flags in ("avx2 avx512f", None):
            with mock.patch.object(machine, "_field", lambda *_, flags=flags: flags):
                with self.assertRaises(Unavailable):
                    machine.require_bfloat16()

    def test_torch_compile_wants_a_compiler(self) -> None:
        network = torch.nn.Flatten()
        self.assertIs(pytorch.compiled({}, network), network)
        with mock.patch.dict(os.environ, {"CXX": "no-such-compiler"}):
            with self.assertRaisesRegex(Unavailable, "no C.. compiler .no-such-compiler."):
                pytorch.compiled({"inductor": str(self.folder)}, network)

    def test_all_that_pytorch_does_it_does_compiled_too(self) -> None:
        place = mock.Mock(**{"compiled.return_value": "folder"})
        place.photos.return_value = place.network.return_value = "x"
        for contest in works.contests(2, 16):
            names = {peer.name: peer.settings(place).get("inductor") for peer in contest.peers}
            if any(name.startswith("pytorch") for name in names):
                compiled = [name for name in names if name.startswith("torch.compile")]
                self.assertTrue(compiled)
                self.assertEqual({name for name in names if names[name]}, set(compiled))

    def test_a_compiled_network_meets_all_sizes_of_batches_before_it_is_timed(self) -> None:
        pairs = [(torch.tensor([i]), torch.tensor([-i])) for i in range(10)]
        first, last = photo_folder.first_batches(DataLoader(pairs, batch_size=4))
        self.assertEqual([part.tolist() for part in last], [[[0], [1]], [[0], [-1]]])
        self.assertEqual(len(first[0]), 4)
        (only,) = photo_folder.first_batches(DataLoader(list(range(8)), batch_size=4))
        self.assertEqual(only.tolist(), [0, 1, 2, 3])

    def test_the_fastest_way_is_kept(self) -> None:
        ways = [mock.Mock(**{"measure.return_value": {"": rate}}) for rate in (1.0, 3.0, 2.0)]
        self.assertIs(fastest(ways), ways[1])
        self.assertIs(fastest(ways[:1]), ways[0])


class RowTests(unittest.TestCase):
    ROW = Row("w", "images/s", ("a", "b"), ("pytorch x", "pytorch y", "z"), 2.0, "", 1.0)
    FOUND = Measurements(
        ours={"a": [{"": r} for r in (10.0, 30, 20)], "b": [{"": r} for r in (50.0, 5, 6)]},
        peers={
            "pytorch x": [{"": r} for r in (4.0, 4, 4)],
            "pytorch y": [{"": r} for r in (5.0, 5, 5)],
            "z": [{"": r} for r in (8.0, 10, 40)],
        },
    )

    def test_ratios_are_of_medians_against_the_best_and_against_pytorch(self) -> None:
        row = results.row_result(self.ROW, self.FOUND)
        self.assertEqual((row["ours"], row["ours_way"], row["best_peer"]), (20, "a", "z"))
        self.assertEqual((row["ratio"], row["range"]), (2.0, [0.5, 3.0]))
        self.assertEqual((row["pytorch_ratio"], row["pytorch_target"]), (4.0, 1.0))
        self.assertNotIn("missed", results.table([row]))

    def test_without_ours_the_ratio_is_null_and_the_reason_is_kept(self) -> None:
        found = Measurements(peers=self.FOUND.peers, unavailable={"a": "no command"})
        row = results.row_result(self.ROW, found)
        self.assertIsNone(row["ratio"])
        self.assertEqual(row["unavailable"], {"a": "no command"})
        self.assertIn("not available", results.table([row]))

    def test_json_is_a_list_of_rows(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rows.json"
            results.write_json(path, [results.row_result(self.ROW, self.FOUND)] * 2, {"cores": 2})
            cores = [row["machine"]["cores"] for row in json.loads(path.read_text())]
            self.assertEqual(cores, [2, 2])


class SummaryTests(Scripts):
    def test_a_ratio_is_bold_only_where_its_whole_range_is_above_one(self) -> None:
        row = {"ratio": 1.02, "best_peer": "p", "machine": {"processor": "c", "cores": 2}}
        row["machine"] |= {"time": "t", "commit": "d", "versions": {"torch": "2"}}
        rows = [
            {**row, "work": "a", "range": [0.87, 1.05], "round_count": 5},
            {**row, "work": "b", "range": [1.01, 1.05], "rounds": {"ours": [1, 2], "p": [1, 2]}},
            {**row, "work": "c", "ratio": None, "range": None},
        ]
        path = Path(self.folder) / "rows.json"
        path.write_text(json.dumps(rows))
        text = summary(path)
        self.assertIn("| a | p | 1.02 | 0.87–1.05 | 5 |", text)
        self.assertIn("| b | p | **1.02** | 1.01–1.05 | 2 |", text)
        self.assertNotIn("| c |", text)


class RoundTests(Scripts):
    def test_ours_is_not_asked_for_what_the_processor_lacks(self) -> None:
        contest = Contest((), (Ours("one", lambda _: ["--precision", "bfloat16"]),), (), 1)
        place = Workplace(self.folder, 1, 0.01, None, 16)
        lacks = Unavailable("no such unit")
        with mock.patch("comparison.rounds.require_bfloat16", side_effect=lacks):
            found = rounds.play(contest, place, self.folder / "nobody", 1)
        self.assertEqual(found.unavailable, {"one": "no such unit"})

    def test_a_way_of_ours_that_fails_once_counts_for_nothing(self) -> None:
        counter = self.folder / "calls"
        program = self.script(
            f"echo x >> {counter}; [ $(wc -l < {counter}) -lt 3 ] || exit 1\n"
            'echo \'{"work": "w", "unit": "images/s", "median": 3}\'\n'
        )
        place = Workplace(self.folder, 1, 0.01, None, 16)
        contest = Contest((), (Ours("one", lambda _: []),), (), 1)
        found = rounds.play(contest, place, program, 2)
        self.assertEqual(found.ours, {"one": [{"w": 3, "": 3}] * 2})
        counter.unlink()
        found = rounds.play(contest, place, program, 4)
        self.assertEqual((found.ours, list(found.failed)), ({}, ["one"]))

    def test_a_long_step_is_run_once_and_a_short_one_after_a_warm_up(self) -> None:
        calls: list[int] = []
        repeater = Repeater(lambda: calls.append(1), 4)
        self.assertGreater(repeater.rate(0), 0)
        self.assertEqual(len(calls), 1)
        repeater.rate(0.001)
        self.assertGreater(len(calls), 2)

    def test_rows_have_names_of_their_own_and_name_entrants_of_their_contest(self) -> None:
        contests = works.contests(2, 16)
        names = [row.work for contest in contests for row in contest.rows]
        self.assertEqual(len(names), len(set(names)))
        for contest in contests:
            for row in contest.rows:
                self.assertLessEqual(set(row.ours), {one.name for one in contest.ours})
                self.assertLessEqual(set(row.peers), {peer.name for peer in contest.peers})


if __name__ == "__main__":
    unittest.main()

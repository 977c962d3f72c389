"""Rounds, medians and tables by hand: PYTHONPATH=bench python3 -m unittest comparison.peers_test"""

import json
import sys
import unittest
from unittest.mock import patch

from comparison import loads, rounds
from comparison.processes import until_epoch
from comparison.programs import Ceiling, OnnxRuntime, Trial, Way
from comparison.rounds import Bench, Row, ratios
from comparison.tables import count, percent, ratio, replace, spread, table
from comparison.training import against_rivals, on_one_and_all

ONE, EVERY = Way("1 thread", 1), Way("2 threads", 2)


def setUpModule():
    for module in ("programs", "rounds", "training"):
        unittest.enterModuleContext(patch(f"comparison.{module}.PROCESSORS", 2))


class Fake:
    """A program whose ways have given speeds; says in a list when it ran."""

    def __init__(self, name, speeds, ran):
        self.name, self.speeds, self.ran = name, speeds, ran

    def takes(self, verb, kind, *numbers):
        return kind == "rnn" or self.name == "Recurrent"

    def ways(self):
        return list(self.speeds)

    def speed(self, way, arguments, seconds):
        self.ran.append((self.name, way.name, seconds))
        return self.speeds[way]


class RoundsTest(unittest.TestCase):
    def setUp(self):
        self.ran = []
        self.us = Fake("Recurrent", {ONE: 10.0, EVERY: 15.0}, self.ran)
        third = Way("2 threads that spin", 2, usual=False)
        self.rival = Fake("PyTorch", {ONE: 3.0, EVERY: 1.0, third: 2.0}, self.ran)
        self.bench = Bench(self.us, [], [self.rival], rounds=2)
        for name, value in {
            "ours": lambda *_: {"flopsOfOne": 100.0, "flopsOfAll": 200.0},
            "note": lambda _: None,
        }.items():
            self.enterContext(patch.object(rounds, name, value))

    def run_all(self, chosen, **settings):
        programs = [self.us, self.rival]
        return self.bench.in_turn("training", chosen, loads.Load.train_arguments, programs, (1, 2), 1.25, **settings)

    def test_a_round_runs_every_program_once_and_a_rivals_best_two_ways(self):
        self.run_all([loads.Load("rnn", 256)])
        trial = [("PyTorch", name, 0.5) for name in ("1 thread", "2 threads", "2 threads that spin")]
        one_round = [
            ("Recurrent", "1 thread", 1.25),
            ("Recurrent", "2 threads", 1.25),
            ("PyTorch", "1 thread", 1.25),
            ("PyTorch", "2 threads that spin", 1.25),
        ]
        self.assertEqual(self.ran, [*trial, *one_round, *one_round])

    def test_without_a_trial_a_rivals_usual_ways_run(self):
        self.run_all([loads.Load("rnn", 256)], knockout=False)
        ways = [name for program, name, _ in self.ran if program == "PyTorch"]
        self.assertEqual(ways, ["1 thread", "2 threads"] * 2)

    def test_a_program_is_left_out_of_a_row_that_it_does_not_take(self):
        row, other = self.run_all([loads.Load("lstm", 256), loads.Load("rnn", 256)])
        self.assertEqual(row.best("PyTorch"), (None, None, None))
        self.assertEqual(other.best("PyTorch")[1], ONE)

    def test_patterns_choose_rows_by_name(self):
        self.bench.rows = ["LSTM *", "RNN 512"]
        chosen = self.run_all([loads.Load("rnn", 256), loads.Load("rnn", 512), loads.Load("lstm", 256)])
        self.assertEqual([row.load.name for row in chosen], ["RNN 512", "LSTM 256"])

    def test_the_record_has_every_speed(self):
        self.run_all([loads.Load("rnn", 256)])
        record = json.loads(json.dumps(self.bench.record()))
        self.assertEqual(len(record["machine"]), 2)
        self.assertEqual(
            record["rows"][0],
            {
                "section": "training",
                "row": "RNN 256",
                "program": "Recurrent",
                "way": "1 thread",
                "threads": 1,
                "perSecond": [10.0, 10.0],
            },
        )
        self.assertEqual(len(record["rows"]), 4)


class RowTest(unittest.TestCase):
    def row(self, load=loads.Load("rnn", 256, ratio_goal=6, peak_goal=0.78)):
        machine = [{"flopsOfOne": 1e9, "flopsOfAll": 2e9}] * 3
        row = Row(load, machine=machine)
        row.speeds = {
            ("Recurrent", ONE): [1000.0, 1100.0, 900.0],
            ("Recurrent", EVERY): [1500.0, 1100.0, 1800.0],
            ("PyTorch", ONE): [100.0, 90.0, 5000.0],
            ("TorchSharp", EVERY): [300.0, 200.0, 250.0],
            ("TorchSharp", ONE): [1.0, 900.0, 2.0],
        }
        return row

    def test_the_best_way_is_that_of_the_highest_median_not_of_the_highest_speed(self):
        self.assertEqual(self.row().best("TorchSharp"), ("TorchSharp", EVERY, [300.0, 200.0, 250.0]))
        self.assertEqual(self.row().best("PyTorch", "TorchSharp")[0], "TorchSharp")

    def test_ratios_are_those_of_each_round(self):
        self.assertEqual(ratios([2.0, 9.0], [1.0, 3.0]), [2.0, 3.0])

    def test_a_share_is_of_as_many_cores_as_there_are_threads(self):
        row = self.row()
        self.assertEqual(row.shares([1000.0], 1, 5e5), [0.5])
        self.assertEqual(row.shares([1000.0], 2, 5e5), [0.25])

    def test_a_line_of_the_training_table(self):
        self.assertEqual(
            against_rivals(self.row()),
            [
                "RNN 256",
                "1,000 (900–1,100)",
                "44%",  # 1000 · 6 · (256² + 256 · 28) of 1e9
                "78%",
                "1,500 (1,100–1,800)",
                "1.50× (1.00–2.00)",
                "100 (90–5,000)",
                "250 (200–300)",
                "5.5× (5.0–7.2)",
                "6×",
                "TorchSharp: 2 threads",
            ],
        )

    def test_a_line_of_the_scaling_table_has_dashes_where_nothing_was_measured(self):
        line = on_one_and_all(self.row(), ["Recurrent", "trial"])
        numbers = ["1,000 (900–1,100)", "1,500 (1,100–1,800)", "1.50× (1.00–2.00)"]
        self.assertEqual(line, ["RNN 256", *numbers, "–", "–", "–", "–", "–", "44%", "33%"])


class ProgramsTest(unittest.TestCase):
    def test_the_trials_speed_is_the_median_before_the_range(self):
        line = "rnn 256 2 claims 4 512: 746000 [700123 760456] 328.1 GFLOP/s = 70% of 2 x 236, loss 3.3"
        self.assertEqual(Trial.speed_in(line), 746000)

    def test_the_trial_takes_what_it_knows(self):
        taken = [load.name for load in loads.TRAINING if Trial("speed.dll").takes(*load.train_arguments())]
        self.assertEqual(taken, ["RNN 256", "RNN 512", "LSTM 256", "LSTM 512"])

    def test_the_ceiling_takes_one_layer_on_one_hot_input(self):
        takes = Ceiling("ceiling").takes
        taken = [load.name for load in loads.TRAINING if takes(*load.train_arguments())]
        self.assertEqual(taken, ["RNN 256", "RNN 512", "GRU 256", "GRU 512", "LSTM 256", "LSTM 512"])
        self.assertFalse(takes(*loads.sized("rnn", 64, 8, 10_000).train_arguments()))
        self.assertFalse(takes(*loads.GENERATION[0].generate_arguments()))

    def test_onnx_runtime_only_generates(self):
        self.assertTrue(all(OnnxRuntime().takes(*load.generate_arguments()) for load in loads.STREAMS))
        self.assertFalse(OnnxRuntime().takes(*loads.TRAINING[0].train_arguments()))


class ProcessesTest(unittest.TestCase):
    def test_an_epochs_line_is_waited_for_not_the_first(self):
        lines = "print('{\"event\":\"start\"}', flush=True); time.sleep(0.3); print('{\"epoch\":1,\"perplexity\":2}')"
        seconds, megabytes = until_epoch([sys.executable, "-c", f"import time; {lines}"])
        self.assertGreater(seconds, 0.3)
        self.assertGreater(megabytes, 1)


class LoadsTest(unittest.TestCase):
    def test_weights_are_those_of_the_dense_products(self):
        self.assertEqual(loads.Load("rnn", 256).weights, 256 * 256 + 256 * 28)
        two = loads.Load("lstm", 512, layers=2, vocabulary=65)
        self.assertEqual(two.weights, 4 * 512 * 512 * 3 + 512 * 65)
        words = loads.Load("gru", 64, vocabulary=10_000, embedding=32)
        self.assertEqual(words.weights, 3 * 64 * (64 + 32) + 64 * 10_000)

    def test_rows_of_a_table_have_names_of_their_own(self):
        for section in (loads.TRAINING, loads.GENERATION, loads.STREAMS, loads.SIZES):
            self.assertEqual(len({load.name for load in section}), len(section))

    def test_words_have_an_embedding_and_large_minibatches_few_steps(self):
        words = loads.sized("lstm", 64, 8, 10_000)
        self.assertEqual(words.train_arguments(), ("train", "lstm", 64, 1, 8, 35, "10000/64"))
        largest = loads.sized("lstm", 2048, 512, 10_000)
        self.assertEqual((largest.steps, largest.name), (2, "LSTM 2048 batch 512 words"))

    def test_streams_side_by_side_are_a_verb_of_their_own(self):
        self.assertEqual(loads.STREAMS[0].generate_arguments(), ("side-by-side", 2, "rnn", 256, 1, 28))
        self.assertEqual(loads.GENERATION[0].generate_arguments(), ("generate", "rnn", 256, 1, 28))


class TablesTest(unittest.TestCase):
    def test_numbers_have_three_figures(self):
        self.assertEqual([count(123456), count(987.6), count(12.34)], ["123,000", "988", "12"])

    def test_medians_have_their_range(self):
        self.assertEqual(spread([3000, 1000, 2000]), "2,000 (1,000–3,000)")
        self.assertEqual(ratio([1.5, 2.0, 1.25], 2), "1.50× (1.25–2.00)")
        self.assertEqual(ratio([12.3, 10.0, 14.9]), "12× (10.0–14.9)")
        self.assertEqual([spread(None), ratio([])], ["–", "–"])
        self.assertEqual(percent([0.5, 0.25, 0.75], 0.8), ("50%", "80%"))

    def test_a_table_is_markdown(self):
        self.assertEqual(table(["a", "b"], [["1", "2"]]), "| a | b |\n| --- | --- |\n| 1 | 2 |")

    def test_a_page_keeps_what_is_outside_the_markers(self):
        page = "before\n<!-- x -->\nold\n<!-- end of x -->\nafter"
        self.assertEqual(replace(page, "x", "new"), "before\n<!-- x -->\n\nnew\n\n<!-- end of x -->\nafter")
        self.assertRaises(SystemExit, replace, page, "y", "new")


if __name__ == "__main__":
    unittest.main()

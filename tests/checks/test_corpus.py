"""The corpus: a faulty script has its marked finding first, a correct one has none.

Every fortieth script, for the time it takes, and those that were diagnosed wrongly at first;
`benchmarks/diagnosing_corpus.py` counts all.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

CORPUS = Path(__file__).parents[1] / "corpus"
SCRIPTS = sorted(file for file in CORPUS.rglob("*.py") if not file.name.startswith("_"))
ONCE_WRONG = {
    *("graph_grows_hidden_retain", "half_precision_update_lost", "log_zero_manual_ce", "maml_sine_manual"),
    *("param_frozen_forgot_requires_grad", "param_reinit_layer_in_forward", "target_dtype_float_labels"),
    *("softmax_wrong_axis_attention_query_axis", "target_dtype_truncated", "update_not_applied_numpy_copy"),
    *("update_not_applied_updates_copy",),
    # the fifth batch: mistakes that were missed, then correct loops that were taken for faulty ones
    *("accum_not_scaled_gru", "double_sigmoid_multilabel_weighted", "double_softmax_by_hand"),
    *("grad_cleared_before_step_lists_of_grads", "graph_held_metrics_dict", "graph_held_replay_of_outputs"),
    *("half_precision_model_half_adam", "lr_too_large_functional_logistic", "optimizer_in_loop_momentum_epoch"),
    *("param_reinit_apply_init_each_epoch", "same_batch_fixed_seed_sampling", "sched_before_step_trainer_hook"),
    *("shuffle_mismatch_index_per_epoch", "softmax_wrong_axis_mixture", "softmax_wrong_axis_sequence_labels"),
    *("stale_optimizer_pruned_layer", "target_dtype_one_hot_long_bce", "target_leak_last_column_kept"),
    *("target_leak_unshifted_language_model", "update_not_applied_state_dict_copy", "vanishing_grad_long_rnn"),
    *("alternating_blocks_two_optimisers", "custom_optimizer_subclass", "frozen_backbone_eval_mode"),
    *("half_weights_with_float_copies", "online_perceptron_single_samples", "swa_averaged_model_bn_update"),
    # the seventh batch
    *("double_sigmoid_logistic_module", "loss_expects_probs_bce_on_scores", "lr_too_large_adam_one"),
    *("param_not_leaf_scaled_init", "step_missing_two_optimisers_vae"),
    *("matrix_factorisation_batches_of_indices", "score_matching_trace"),
    # the eighth batch
    "zero_init_factor_matrices",
    # the ninth batch
    *("exploding_grad_unit_init_rnn", "graph_held_history_object", "target_dtype_long_regression"),
    "update_wrong_sign_reinforce",
    # the tenth batch
    *("data_not_shuffled_digits_sorted", "double_softmax_policy_imitation", "grad_not_cleared_maml_meta"),
    *("negatives_by_permutation", "param_frozen_finetune_all", "param_frozen_parameter_flag", "same_batch_slice_bug"),
    *("softmax_wrong_axis_mixture_density", "step_missing_scaler_like", "train_mode_at_eval_ranker"),
    *("update_wrong_sign_newton_add", "update_wrong_sign_policy", "vanishing_grad_copy_memory", "zero_init_word2vec"),
    # the eleventh batch
    *("contrastive_batch_softmax", "deep_bn_stays_eval", "frozen_bn_finetune", "hutchinson_newton_diag"),
    *("recurrent_contraction", "schedule_at_epoch_start", "step_without_call"),
    # missed for long
    *("lr_too_large_adam_rate_of_one", "zero_init_embedding_product"),
    # taken for the same samples, or for others, in between
    *("char_rnn_names", "lbfgs_wolfe", "lr_too_large_rnn_sgd"),
}
CHOSEN = sorted({*SCRIPTS[::40], *(script for script in SCRIPTS if script.stem in ONCE_WRONG)})
MARK = re.compile(r"#\s*mistake:\s*(.+)$")


@pytest.mark.slow
@pytest.mark.parametrize("script", CHOSEN, ids=lambda file: file.stem)
def test_script_of_the_corpus_is_diagnosed_rightly(script: Path) -> None:
    lines = script.read_text(encoding="utf-8").splitlines()
    marks = {
        (name.strip(), n)
        for n, line in enumerate(lines, 1)
        if (mark := MARK.search(line))
        for name in mark[1].split("|")
    }
    done = subprocess.run(
        [sys.executable, "-m", "retrograd", "diagnose", "--format", "json", str(script)],
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    faults = [f for f in json.loads(done.stdout.splitlines()[-1]) if f["severity"] != "info"]
    first = {(f["name"], f["line"]) for f in faults[:1]}
    assert first <= marks
    assert bool(first) == bool(marks)

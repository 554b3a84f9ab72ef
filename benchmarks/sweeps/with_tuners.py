"""What a trial costs in a tuner: each tries rates for a function that returns at once.

    python with_tuners.py optuna|optuna-sqlite|ray

Run by sweeping.py with an interpreter that has them. Prints name and version, how many trials, and seconds for each.
"""

import os
import sys
import tempfile
import time


def optuna_trials(count, storage=None):
    """Time trials of Optuna with random sampling."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0), storage=storage)

    def objective(trial):
        return trial.suggest_float("learning_rate", 1e-3, 1e2, log=True)

    study.optimize(objective, n_trials=10)
    began = time.perf_counter()
    study.optimize(objective, n_trials=count)
    where = ",_in_memory" if storage is None else ",_in_SQLite"
    return f"Optuna_{optuna.__version__}{where}", count, (time.perf_counter() - began) / count


def ray_trials(count):
    """Time trials of Ray Tune on the cores of this machine, without the start of Ray."""
    import ray
    from ray import tune

    ray.init(include_dashboard=False, log_to_driver=False)

    def objective(config):
        return {"loss": config["learning_rate"]}

    space = {"learning_rate": tune.loguniform(1e-3, 1e2)}
    settings = {"run_config": tune.RunConfig(verbose=0, storage_path=tempfile.mkdtemp())}

    def tuned(many):
        config = tune.TuneConfig(num_samples=many, metric="loss", mode="min")
        tune.Tuner(objective, param_space=space, tune_config=config, **settings).fit()

    tuned(2)
    began = time.perf_counter()
    tuned(count)
    return f"Ray_Tune_{ray.__version__}", count, (time.perf_counter() - began) / count


def main():
    """Measure and print."""
    if sys.argv[1] == "optuna":
        found = optuna_trials(2000)
    elif sys.argv[1] == "optuna-sqlite":
        with tempfile.TemporaryDirectory() as folder:
            found = optuna_trials(100, f"sqlite:///{os.path.join(folder, 'trials.db')}")
    else:
        found = ray_trials(20)
    print(*found)


if __name__ == "__main__":
    main()

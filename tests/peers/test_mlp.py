"""scikit-learn's tests of its multilayer perceptron, asked of `Classifier`. Their `MLPRegressor` stays their own."""

from tests.peers.adapters import MLPClassifier
from tests.peers.upstream import load, upstream_tests, without

SUITE = "sklearn.neural_network.tests.test_mlp"
REPLACED = {"sklearn.neural_network.MLPClassifier": MLPClassifier}

REGRESSION = "It asks MLPRegressor alone; networks here classify."
MULTILABEL = "Its rows have several labels at once; here a row has one class."
PRIVATE_OPTIMIZER = "It reads the rate of the private attribute _optimizer."
PRIVATE_COUNT = "It reads the private attribute _no_improvement_count."

LEFT_OUT = {
    "test_fit": "It writes a dozen private attributes of an estimator that was never fitted.",
    "test_gradient": "It calls the private method _loss_grad_lbfgs.",
    "test_lbfgs_classification_maxfun": "It asks for a limit of function calls; the limit here is one of epochs.",
    "test_learning_rate_warmstart": PRIVATE_OPTIMIZER,
    "test_adaptive_learning_rate": PRIVATE_OPTIMIZER,
    "test_n_iter_no_change": PRIVATE_COUNT,
    "test_n_iter_no_change_inf": PRIVATE_COUNT,
    "test_verbose_sgd": "It asks fit to print; Classifier is silent, and tells callbacks.",
    "test_early_stopping_stratified": "It asks that a class of one row be refused; here that row is trained on.",
    "test_preserve_feature_names": "Its rows are all of one class, which is refused here.",
    "test_multilabel_classification": MULTILABEL,
    "test_predict_proba_multilabel": MULTILABEL,
    "test_lbfgs_regression": REGRESSION,
    "test_lbfgs_regression_maxfun": REGRESSION,
    "test_multioutput_regression": REGRESSION,
    "test_partial_fit_regression": REGRESSION,
    "test_nonfinite_params": REGRESSION,
    "test_shuffle": REGRESSION,
    "test_mlp_regressor_dtypes_casting": REGRESSION,
    "test_mlp_loading_from_joblib_partial_fit": REGRESSION,
    "test_mlp_diverging_loss": REGRESSION,
    "test_mlp_sample_weight_with_early_stopping": REGRESSION,
    "test_mlp_vs_poisson_glm_equivalent": REGRESSION,
    "test_minimum_input_sample_size": REGRESSION,
    "test_early_stopping[MLPEstimator=MLPRegressor]": REGRESSION,
    "test_warm_start_full_iteration[MLPEstimator=MLPRegressor]": REGRESSION,
    "test_mlp_param_dtypes[Estimator=MLPRegressor]": REGRESSION,
    "test_mlp_warm_start_with_early_stopping[MLPEstimator=MLPRegressor]": REGRESSION,
    "test_mlp_warm_start_no_convergence[MLPEstimator=MLPRegressor]": REGRESSION,
    "test_mlp_partial_fit_after_fit[MLPEstimator=MLPRegressor]": REGRESSION,
}

globals().update(without(upstream_tests(load(SUITE, REPLACED)), LEFT_OUT))

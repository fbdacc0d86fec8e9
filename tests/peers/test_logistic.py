"""scikit-learn's tests of its logistic regression, asked of `Classifier`; `LogisticRegressionCV` stays theirs."""

from tests.peers.adapters import LogisticRegression
from tests.peers.upstream import load, upstream_tests, without

SUITE = "sklearn.linear_model.tests.test_logistic"
REPLACED = {"sklearn.linear_model.LogisticRegression": LogisticRegression}

CV_ALONE = "It asks LogisticRegressionCV alone, the search that scikit-learn builds around its own solvers."
PATH_ALONE = "It asks the private function _logistic_regression_path alone."
SOLVER_NAMES = "It asks which of scikit-learn's solvers refuses which penalty or number of classes, in which words."
DEPRECATED = "It asks for scikit-learn's warning of a parameter that it is about to remove."
LIBLINEAR = "It asks for a peculiarity of the library liblinear, which is not called here."
INDICES = "The solver refuses sparse rows with 64-bit indices; they are taken here, as the cases that are run ask."
SHORT_OF_THE_OPTIMUM = "It asks for 6 decimals at a tolerance where scikit-learn's own solver has 3 or 4 of them right."
OTHER_ARRAYS = "The rows are arrays of another library; here they are NumPy's or SciPy's."
CALLBACKS = "It asks for scikit-learn's protocol of callbacks; those of Classifier are functions of the progress."

LEFT_OUT = {
    "test_check_solver_option": SOLVER_NAMES,
    "test_elasticnet_l1_ratio_err_helpful": SOLVER_NAMES,
    "test_liblinear_multiclass_raises": SOLVER_NAMES,
    "test_sparsify": "It asks to store coefficients as a sparse matrix, which is no matter of how they are found.",
    "test_logistic_regression_path_convergence_fail": PATH_ALONE,
    "test_logistic_regression_path_coefs_multinomial": PATH_ALONE,
    "test_logistic_regression_path_init_coefs": PATH_ALONE,
    "test_liblinear_dual_random_state": "It asks one solver to end elsewhere with another seed.",
    "test_liblinear_with_large_values": LIBLINEAR,
    "test_dtype_match[solver=liblinear]": "The library liblinear turns float32 into float64; types are kept here.",
    "test_large_sparse_matrix[solver=liblinear]": INDICES,
    "test_large_sparse_matrix[solver=sag]": INDICES,
    "test_large_sparse_matrix[solver=saga]": INDICES,
    "test_zero_max_iter": "It asks for no epoch at all, which is refused in one sentence here.",
    "test_newton_cholesky_fallback_to_lbfgs": "It counts the iterations of a solver that calls another.",
    "test_logistic_cv": SHORT_OF_THE_OPTIMUM,
    "test_logistic_cv_multinomial_score[scoring=neg_log_loss]": SHORT_OF_THE_OPTIMUM,
    "test_logistic_cv_refit_false_non_elasticnet": CV_ALONE,
    "test_logistic_cv_mock_scorer": CV_ALONE,
    "test_logistic_cv_folds_with_classes_missing": CV_ALONE,
    "test_logistic_cv_sparse": CV_ALONE,
    "test_logistic_regressioncv_class_weights": CV_ALONE,
    "test_logistic_regression_sample_weights[problem=cv]": CV_ALONE,
    "test_LogisticRegressionCV_no_refit": CV_ALONE,
    "test_LogisticRegressionCV_elasticnet_attribute_shapes": CV_ALONE,
    "test_lr_cv_scores_differ_when_sample_weight_is_requested": CV_ALONE,
    "test_lr_cv_scores_without_enabling_metadata_routing": CV_ALONE,
    "test_passing_params_without_enabling_metadata_routing": CV_ALONE,
    "test_logisticregressioncv_warns_with_use_legacy_attributes": CV_ALONE,
    "test_lr_scoring_warns": CV_ALONE,
    "test_get_default_scorer": CV_ALONE,
    "test_penalty_none": DEPRECATED,
    "test_penalty_deprecated": DEPRECATED,
    "test_l1_ratio_non_elasticnet": DEPRECATED,
    "test_l1_ratio_None_deprecated": DEPRECATED,
    "test_logisticregression_warns_with_n_jobs": DEPRECATED,
    "test_lr_penalty_l1ratio_incompatible": DEPRECATED,
    **{
        f"test_logistic_regression_array_api_{name}[array_namespace={library}]": OTHER_ARRAYS
        for name in ("compliance", "warm_start")
        for library in ("array_api_strict", "cupy", "dpnp", "torch")
    },
    "test_logistic_regression_callback_support": CALLBACKS,
    "test_logistic_regression_callback_fitted_estimator": CALLBACKS,
    "test_logistic_regression_callback_support_warning": CALLBACKS,
}

globals().update(without(upstream_tests(load(SUITE, REPLACED)), LEFT_OUT))

"""The lesson's data: the same numbers on every machine, whatever has been drawn before."""

import numpy as np

from chainrule.datasets import three_gaussians, three_rings


def test_three_gaussians_are_three_clouds_of_twenty() -> None:
    x, t = three_gaussians()
    assert x.shape == (60, 2)
    np.testing.assert_array_equal(t.sum(axis=0), [20, 20, 20])
    np.testing.assert_array_equal(t.sum(axis=1), 1)
    centres = t.T @ x / 20
    np.testing.assert_allclose(centres, [[-2.5, 0.5], [0.5, 0.5], [2.5, 0.5]], atol=0.6)


def test_three_rings_have_the_radii_0_three_quarters_and_five_quarters() -> None:
    (x, t), first, second = three_rings()
    assert x.shape == (150, 2)
    assert (first.shape, second.shape) == ((2, 3), (3, 3))
    np.testing.assert_array_equal(t.sum(axis=0), [50, 50, 50])
    radii = t.T @ np.linalg.norm(x, axis=1) / 50
    np.testing.assert_allclose(radii, [0.25, 0.8, 1.27], atol=0.06)


def test_the_numbers_never_change() -> None:
    np.random.seed(5)
    x, t = three_gaussians()
    np.random.seed(6)
    again, _ = three_gaussians()
    np.testing.assert_array_equal(x, again)
    (rings, _), first, second = three_rings()
    np.testing.assert_allclose(x.sum(axis=0), [21.469080963387704, 33.937543234180666], rtol=1e-12)
    np.testing.assert_allclose(rings.sum(axis=0), [-0.949886019029927, 2.601660533483115], rtol=1e-12)
    np.testing.assert_allclose([first.sum(), second.sum()], [0.9994667571662808, 5.112510295187844], rtol=1e-12)
    assert t.argmax(axis=1)[:10].tolist() == [0, 2, 1, 0, 1, 2, 0, 0, 1, 2]


def test_rows_are_in_random_order() -> None:
    for t in (three_gaussians().t, three_rings()[0].t):
        classes = t.argmax(axis=1)
        assert (np.diff(classes) != 0).mean() > 0.5

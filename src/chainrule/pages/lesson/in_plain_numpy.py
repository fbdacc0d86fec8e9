"""Part 1 of the lesson in plain NumPy. Run it: python plain_numpy.py."""

import numpy as np


def three_clouds():
    """Sixty points of three classes, and their classes as one-hot rows."""
    random = np.random.RandomState(0)
    means = [-3, 0], [0, 0], [2, 0]
    x = [random.randn(20, 2) * 0.8 + mean + random.rand(20, 2) for mean in means]
    order = random.permutation(60)
    return np.concatenate(x)[order], np.eye(3)[np.repeat([0, 1, 2], 20)][order]


def softmax(z):
    """Probabilities of the classes, from logits: positive, with sum 1."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def main():
    """Train the network and print the numbers of the lesson."""
    x, t = three_clouds()
    W = np.array([[1.0, 1.0, 1.0], [0.5, 0.5, 0.5]])
    b = np.zeros(3)
    print(f"cost before training: {-np.log(softmax(x @ W + b)[t == 1]).sum():.4f}")
    for _ in range(50):
        y = softmax(x @ W + b)  # forward
        W = W - 0.025 * x.T @ (y - t)  # backward, and one step down
        b = b - 0.025 * (y - t).sum(axis=0)
    y = softmax(x @ W + b)
    print(f"cost after 50 steps: {-np.log(y[t == 1]).sum():.4f}")
    print("W =", W.round(3).tolist())
    print("b =", b.round(3).tolist())
    print(f"accuracy: {100 * np.mean(y.argmax(axis=1) == t.argmax(axis=1)):.1f} %")


if __name__ == "__main__":
    main()

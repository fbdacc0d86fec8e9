"""Part 2 of the lesson in plain NumPy. Run it: python plain_numpy_2.py."""

import numpy as np


def three_rings():
    """150 points, their classes as one-hot rows, and starting weights."""
    random = np.random.RandomState(0)
    angles = np.linspace(0, 2 * np.pi, 50, endpoint=False)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    rings = [radius * circle + 0.2 * random.randn(50, 2) for radius in (0, 0.75, 1.25)]
    order = random.permutation(150)
    t = np.eye(3)[np.repeat([0, 1, 2], 50)]
    x, t = np.concatenate(rings)[order], t[order]
    return x, t, random.randn(2, 3), random.randn(3, 3)


def softmax(z):
    """Probabilities of the classes, from logits: positive, with sum 1."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def forward(x, W1, b1, W2, b2):
    """The sums of the hidden neurons, their outputs, and the probabilities."""
    a = x @ W1 + b1
    h = np.where(a > 0, a, 0.1 * a)  # leaky ReLU
    return a, h, softmax(h @ W2 + b2)


def gradient(x, t, W1, b1, W2, b2):
    """The gradient of the cost for W1, b1, W2 and b2, by backpropagation."""
    a, h, y = forward(x, W1, b1, W2, b2)
    dz = y - t
    dh = dz @ W2.T
    da = dh * np.where(a > 0, 1, 0.1)
    return x.T @ da, da.sum(axis=0), h.T @ dz, dz.sum(axis=0)


def main():
    """Train the network and print the numbers of the lesson."""
    x, t, W1, W2 = three_rings()
    b1, b2 = np.zeros(3), np.zeros(3)
    y = forward(x, W1, b1, W2, b2)[-1]
    print(f"cost before training: {-np.log(y[t == 1]).sum():.4f}")
    for _ in range(1000):
        dW1, db1, dW2, db2 = gradient(x, t, W1, b1, W2, b2)
        W1, b1 = W1 - 0.01 * dW1, b1 - 0.01 * db1
        W2, b2 = W2 - 0.01 * dW2, b2 - 0.01 * db2
    y = forward(x, W1, b1, W2, b2)[-1]
    print(f"cost after 1000 steps: {-np.log(y[t == 1]).sum():.4f}")
    print("W1 =", W1.round(4).tolist())
    print("b1 =", b1.round(4).tolist())
    print("W2 =", W2.round(4).tolist())
    print("b2 =", b2.round(4).tolist())
    print(f"accuracy: {100 * np.mean(y.argmax(axis=1) == t.argmax(axis=1)):.1f} %")


if __name__ == "__main__":
    main()

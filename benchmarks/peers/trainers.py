"""The same network, optimizer and mini-batches in each library: Adam with a rate of 1e-3, ReLU, float32, no penalty.

A trainer keeps its parameters between epochs, and shuffles the rows before each. Libraries are imported when used, so
that a cold process imports only its own.
"""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

# Adam's rate: the default of all of them.
RATE = 1e-3


class Trainer(Protocol):
    """A network in training."""

    def train_epoch(self) -> None:
        """Train on all rows once."""
        ...

    def predict(self, x: Any) -> Any:
        """Return the most probable class of each row (n,)."""
        ...


class Chainrule:
    """`chainrule.epochs` on a `chainrule.Cost`."""

    def __init__(self, widths: tuple[int, ...], x: Any, t: Any, batch: int, seed: int) -> None:
        from chainrule import Adam, Cost, Dense, Network, ReLU, SoftmaxCrossEntropy, epochs, initialize

        layers: list[Any] = [Dense(widths[0], widths[1])]
        for inputs, outputs in pairwise(widths[1:]):
            layers += [ReLU(), Dense(inputs, outputs)]
        self.network = Network(tuple(layers))
        cost = Cost.of(self.network, SoftmaxCrossEntropy(), x, t)
        self.theta = initialize(self.network, random_state=seed).astype(np.float32)
        self.run = epochs(cost, Adam(rate=RATE), self.theta, batch_size=batch, random_state=seed)

    def train_epoch(self) -> None:
        self.theta = next(self.run).theta

    def predict(self, x: Any) -> Any:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1, "blas"):  # whose threads else keep a core busy long after
            return self.network.forward(self.theta, x)[-1].argmax(axis=1)


class ScikitLearn:
    """`MLPClassifier`, one `partial_fit` an epoch."""

    def __init__(self, widths: tuple[int, ...], x: Any, t: Any, batch: int, seed: int) -> None:
        from sklearn.neural_network import MLPClassifier

        self.x, self.t, self.classes = x, t, np.arange(widths[-1])
        self.model = MLPClassifier(
            widths[1:-1], learning_rate_init=RATE, batch_size=min(batch, len(x)), alpha=0.0, random_state=seed
        )

    def train_epoch(self) -> None:
        self.model.partial_fit(self.x, self.t, classes=self.classes)

    def predict(self, x: Any) -> Any:
        return self.model.predict(x)


class PyTorch:
    """`torch.nn.Sequential` with the fused Adam, as it is or through `torch.compile`."""

    def __init__(
        self, widths: tuple[int, ...], x: Any, t: Any, batch: int, seed: int, *, compiled: bool = False
    ) -> None:
        import os

        import torch

        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
        torch.manual_seed(seed)
        layers: list[Any] = [torch.nn.Linear(widths[0], widths[1])]
        for inputs, outputs in pairwise(widths[1:]):
            layers += [torch.nn.ReLU(), torch.nn.Linear(inputs, outputs)]
        self.torch, self.model, self.batch = torch, torch.nn.Sequential(*layers), batch
        self.x, self.t = torch.from_numpy(x), torch.from_numpy(t)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=RATE, fused=True)
        self.cost = torch.compile(self._cost) if compiled else self._cost

    def _cost(self, x: Any, t: Any) -> Any:
        return self.torch.nn.functional.cross_entropy(self.model(x), t)

    def train_epoch(self) -> None:
        for rows in self.torch.randperm(len(self.x)).split(self.batch):
            self.optimizer.zero_grad()
            self.cost(self.x[rows], self.t[rows]).backward()
            self.optimizer.step()

    def predict(self, x: Any) -> Any:
        with self.torch.inference_mode():
            return self.model(self.torch.from_numpy(x)).argmax(dim=1).numpy()


class JAX:
    """A whole epoch compiled: `lax.scan` over the mini-batches, with optax's Adam; a last smaller one is left out."""

    def __init__(self, widths: tuple[int, ...], x: Any, t: Any, batch: int, seed: int) -> None:
        import jax
        import jax.numpy as jnp
        import optax

        self.jax, optimizer = jax, optax.adam(RATE)
        self.x, self.t, self.key = jnp.asarray(x), jnp.asarray(t.astype(np.int32)), jax.random.key(seed)
        generator = np.random.default_rng(seed)
        self.parameters = [
            (
                jnp.asarray(generator.normal(0, np.sqrt(2 / inputs), (inputs, outputs)).astype(np.float32)),
                jnp.zeros(outputs, np.float32),
            )
            for inputs, outputs in pairwise(widths)
        ]
        self.state = optimizer.init(self.parameters)
        batches, rows = len(x) // batch, len(x)

        def logits(parameters: Any, x: Any) -> Any:
            for weights, bias in parameters[:-1]:
                x = jax.nn.relu(x @ weights + bias)
            weights, bias = parameters[-1]
            return x @ weights + bias

        def cost(parameters: Any, x: Any, t: Any) -> Any:
            return optax.softmax_cross_entropy_with_integer_labels(logits(parameters, x), t).mean()

        @partial(jax.jit, donate_argnums=(0, 1))
        def epoch(parameters: Any, state: Any, key: Any, x: Any, t: Any) -> Any:
            order = jax.random.permutation(key, rows)[: batches * batch].reshape(batches, batch)

            def step(carry: Any, chosen: Any) -> Any:
                parameters, state = carry
                gradient = jax.grad(cost)(parameters, x[chosen], t[chosen])
                updates, state = optimizer.update(gradient, state)
                return (optax.apply_updates(parameters, updates), state), None

            return jax.lax.scan(step, (parameters, state), order)[0]

        self.epoch, self.logits = epoch, jax.jit(logits)

    def train_epoch(self) -> None:
        self.key, key = self.jax.random.split(self.key)
        self.parameters, self.state = self.epoch(self.parameters, self.state, key, self.x, self.t)
        self.jax.block_until_ready(self.parameters)

    def predict(self, x: Any) -> Any:
        return np.asarray(self.logits(self.parameters, x)).argmax(axis=1)


TRAINERS: dict[str, Callable[..., Trainer]] = {
    "Chainrule": Chainrule,
    "scikit-learn": ScikitLearn,
    "PyTorch": PyTorch,
    "PyTorch, compiled": partial(PyTorch, compiled=True),
    "JAX, optax": JAX,
}

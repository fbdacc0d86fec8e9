"""The compiled kernels, built with the package where there is a C compiler; pyproject.toml says everything else."""

from glob import glob

from setuptools import Extension, setup

FOLDER = "src/chainrule/engine/compiled"
# The oldest Python that the module runs on, with every newer one: its stable interface.
STABLE = "cp311"
FLAGS = [
    "-O3",
    "-g0",  # names for a debugger would make the module five times as large
    "-std=c11",
    "-ffp-contract=fast",  # a product and a sum are one instruction, rounded once
    "-fno-math-errno",
    "-fno-trapping-math",  # so that loops with conditions become vector instructions
    "-Wno-psabi",  # vectors are passed between functions of this one file alone
]

setup(
    ext_modules=[
        Extension(
            "chainrule.engine.compiled._kernels",
            [f"{FOLDER}/kernels.c"],
            depends=sorted(glob(f"{FOLDER}/*.h")),
            extra_compile_args=FLAGS,
            py_limited_api=True,
            optional=True,  # without a compiler the plain forms do everything
        )
    ],
    options={"bdist_wheel": {"py_limited_api": STABLE}},
)

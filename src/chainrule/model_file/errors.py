"""What is wrong with a model file."""


class ModelFileError(ValueError):
    """A file is no model file that can be used, or a model cannot be written as one."""

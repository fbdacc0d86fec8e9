"""How hypothesis searches: few examples, always the same ones where CI is set."""

import os

from hypothesis import settings

settings.register_profile("chainrule", deadline=None, max_examples=10, derandomize="CI" in os.environ)
settings.load_profile("chainrule")

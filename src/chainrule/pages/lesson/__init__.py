"""The lesson: two small trainings, every step of them explained and drawn on one page."""

from chainrule.pages.lesson.write import write_lesson

__all__ = ["write_lesson"]

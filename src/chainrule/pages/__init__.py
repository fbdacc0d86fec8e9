"""Pages: the HTML that people open. A page shows numbers; it never calculates one."""

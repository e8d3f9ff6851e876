"""Pictures on their way in and out: uploads, files, and those of other sites through this one."""

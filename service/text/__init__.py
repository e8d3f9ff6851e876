"""Text that people wrote: Markdown and HTML to safe HTML, plain text, previews. Pure; nothing here waits or stores."""

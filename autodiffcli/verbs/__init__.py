"""Commands besides the default one, a file each, with one `answer` each."""

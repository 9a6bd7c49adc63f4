"""What an uploaded file is, by its content, and the clean copy of it that is kept (SEC-37)."""

"""The rules of a session beside a second, independent statement of them: every command in every order."""

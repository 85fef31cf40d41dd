"""A minimal LiveVox platform with the documented single sign-on configuration and login routing."""

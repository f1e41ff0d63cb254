"""The screens of the text interface, one module each; what two of them share is in `widgets`."""

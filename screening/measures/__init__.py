"""The instruments and their exact scoring. Pure: no database, no clock."""

"""The built-in measurements, one file per topic. They measure and never judge: no threshold lives here."""

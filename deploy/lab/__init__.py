"""Three hosts on one machine: what a country runs, to try what happens when parts of it break."""

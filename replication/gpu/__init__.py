"""`make gpu`: all that needs a GPU in one prepared run; `make gpu-merge` brings its products into data/."""

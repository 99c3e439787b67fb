import sys

from tests.bots.commands.corpus import main

sys.exit(main())

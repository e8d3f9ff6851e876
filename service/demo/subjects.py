"""What the people of the demo talk about: the words from which titles and texts are composed."""

from typing import NamedTuple

# ruff: noqa: E501 - in this table a row is a line


class Subject(NamedTuple):
    """One subject and its vocabulary; all phrases are written to stand inside a sentence.

    Attributes:
        name: Of the main community, in the form of a community's name.
        title: How people write it.
        blurb: What the community says of itself.
        scene: A place, to stand after "the".
        things: Singular nouns, to stand after "my", "the" or "a new".
        tasks: Infinitives without "to".
        troubles: Clauses, to stand after "why does it happen that".
        tips: Whole sentences.
    """

    name: str
    title: str
    blurb: str
    scene: str
    things: tuple[str, ...]
    tasks: tuple[str, ...]
    troubles: tuple[str, ...]
    tips: tuple[str, ...]


SUBJECTS = (
    Subject(
        "gardening", "Gardening", "Soil, seeds and patience.", "allotment",
        ("compost heap", "raised bed", "cold frame", "seed tray", "pruning knife", "rain barrel"),
        ("sow carrots in heavy clay", "keep slugs off the lettuce", "divide an old rhubarb", "grow tomatoes without a greenhouse", "overwinter chillies"),
        ("the seedlings turn leggy after a week", "half of the beans never come up", "the courgettes rot at the tip", "the soil dries out the day after watering", "the roses lose their leaves in July"),
        ("Water in the morning and water deeply, not a little every evening.", "Mulch before the heat comes, not when it is already there.", "Label everything, because in March you will not remember.", "Thin them out, however much it hurts."),
    ),
    Subject(
        "bread", "Bread Baking", "Flour, water, salt and time.", "bakery",
        ("rye starter", "proofing basket", "cast iron pot", "bench scraper", "baking stone", "sandwich loaf"),
        ("shape a wet dough", "score a loaf so that it opens", "bake with fresh-milled flour", "keep a starter while travelling", "get an open crumb"),
        ("the crust goes soft within an hour", "the dough spreads like a pancake", "the bottom burns before the top is brown", "the starter smells of acetone", "every loaf bursts at the side"),
        ("Weigh the water; cups lie.", "Watch the dough and not the clock.", "Let it cool completely, the crumb is still setting.", "Hold back a little of the water until you know your flour."),
    ),
    Subject(
        "trains", "Trains", "Railways, timetables and window seats.", "station",
        ("night train", "rail pass", "branch line", "seat reservation", "signal box", "dining car"),
        ("plan a trip across four countries", "sleep in a couchette", "find the quiet carriage", "photograph a level crossing safely", "read a working timetable"),
        ("the connection is always missed by two minutes", "the air conditioning fails on the hottest day", "nobody announces the platform change", "the cheap fares vanish overnight", "the replacement bus stops somewhere else"),
        ("Book the slow one, the view is better.", "Sit on the left when the line follows the river.", "Always have a plan for the last connection of the day.", "Bring your own cup, the trolley will thank you."),
    ),
    Subject(
        "astronomy", "Astronomy", "Looking up, with and without a telescope.", "observatory",
        ("Dobsonian", "star chart", "red torch", "tracking mount", "wide-field eyepiece", "first refractor"),
        ("find the Andromeda galaxy by eye", "collimate a reflector", "stack a hundred short exposures", "observe from a city balcony", "sketch the Moon"),
        ("the eyepiece fogs up after ten minutes", "the stars look like commas at the edge", "clouds come on every new moon", "the mount drifts when it gets cold", "the neighbour's lamp ruins the south"),
        ("Give your eyes twenty minutes before you judge the sky.", "Let the mirror cool before you blame the optics.", "Binoculars first, telescope later.", "Write down what you saw, even on a bad night."),
    ),
    Subject(
        "selfhosted", "Self-hosting", "Your services on your machines.", "server cupboard",
        ("home server", "reverse proxy", "backup script", "mail server", "small NAS", "monitoring dashboard"),
        ("restore a backup you never tested", "move everything to a new disk", "run mail at home", "keep certificates renewed", "explain the setup to the family"),
        ("the disk fills up with logs on a Sunday", "the certificate expires while I am on holiday", "the update breaks exactly one container", "the fan sounds like a hair dryer", "nobody but me can restart it"),
        ("A backup that was never restored is a hope.", "Write down how you did it, the next reader is you.", "Pin versions and read the release notes.", "Start with one service that you use every day."),
    ),
    Subject(
        "cycling", "Cycling", "For transport and for joy.", "bike shed",
        ("pannier rack", "gravel bike", "hub dynamo", "cargo bike", "pair of winter tyres", "saddle"),
        ("commute through the winter", "true a wheel", "carry a week of groceries", "ride a hundred kilometres", "teach a child to ride"),
        ("the chain skips in the one gear I need", "the bike lane ends in a wall", "my hands go numb after an hour", "the brakes squeal in the rain", "there is a headwind both ways"),
        ("Pump the tyres first, most problems are that.", "Lower the pressure a little, you will not be slower.", "Eat before you are hungry.", "Lights that are always on are lights you never forget."),
    ),
    Subject(
        "coffee", "Coffee", "Beans, water and small rituals.", "kitchen",
        ("hand grinder", "moka pot", "pour-over cone", "gooseneck kettle", "bag of light roast", "espresso machine"),
        ("dial in an espresso", "brew for eight people", "make decaf taste of something", "clean a neglected grinder", "roast in a pan"),
        ("the second cup tastes sour", "the moka pot sputters at the end", "every bag tastes the same after two weeks", "the paper filter clogs", "the grinder jumps off the table"),
        ("Change one thing at a time.", "The water matters more than the machine.", "Grind finer if it is sour, coarser if it is bitter.", "Buy less and buy it more often."),
    ),
    Subject(
        "boardgames", "Board Games", "Cardboard, meeples and long evenings.", "games table",
        ("worker placement game", "two-player game", "card sleeve", "solo mode", "campaign box", "rules summary"),
        ("teach a heavy game in ten minutes", "store forty boxes in one shelf", "find a group in a small town", "play with a seven-year-old", "finish a campaign"),
        ("somebody always looks at the phone", "the insert does not hold the sleeved cards", "the rulebook contradicts itself on page nine", "the best player always wins", "the expansion stays in its shrink wrap"),
        ("Explain how one wins before how one plays.", "A game that gets played beats a game that is good.", "Play the first round open.", "Put the timer away and pour some tea."),
    ),
    Subject(
        "birding", "Birding", "Feathers, songs and early mornings.", "hide",
        ("field guide", "pair of binoculars", "feeder", "spotting scope", "nest box", "life list"),
        ("tell warblers apart", "record a dawn chorus", "attract goldfinches", "count a flock in flight", "watch without disturbing"),
        ("the bird leaves when the camera is ready", "squirrels empty the feeder by noon", "every brown bird looks the same", "the reed bed is closed in May", "the app is sure and wrong"),
        ("Learn ten songs well before you learn fifty.", "Look at the shape, then at the colour.", "Stay ten minutes longer than you want to.", "Clean the feeder as if you ate from it."),
    ),
    Subject(
        "woodworking", "Woodworking", "Hand tools, power tools, all ten fingers.", "workshop",
        ("block plane", "workbench", "dovetail saw", "marking gauge", "band saw", "oil finish"),
        ("cut dovetails by hand", "flatten a table top", "sharpen without gadgets", "build a bench from scrap", "glue up a panel"),
        ("the board cups overnight", "the drawer sticks as soon as it rains", "the saw wanders off the line", "the finish stays tacky", "I measure twice and cut wrong"),
        ("Sharpen before you think you need to.", "Mark with a knife, not with a pencil.", "Leave the board in the room for two weeks.", "Make the mistake on a test piece."),
    ),
    Subject(
        "linux", "Linux", "Distributions, desktops and terminals.", "desk",
        ("window manager", "old laptop", "shell script", "package manager", "kernel update", "dotfile repository"),
        ("rescue a system that does not boot", "write a systemd timer", "choose a first distribution", "keep a laptop cool", "print anything at all"),
        ("the laptop wakes up in the bag", "the external screen is blurry", "sound comes from the wrong device", "the update wants a key that nobody has", "suspend works four times out of five"),
        ("Read the log from the top, the first error is the one.", "Keep your home on a partition of its own.", "Try it in a virtual machine first.", "The manual page has an example at the end."),
    ),
    Subject(
        "photography", "Photography", "Light and what it does.", "darkroom",
        ("fifty-millimetre lens", "tripod", "film camera", "polarising filter", "light meter", "contact sheet"),
        ("photograph people in harsh sun", "develop film in a bathroom", "sort ten years of pictures", "expose for snow", "travel with one lens"),
        ("the best light comes when I drive", "the autofocus picks the background", "the colours differ on every screen", "dust shows in the sky of every picture", "the battery dies in the cold"),
        ("Go closer, then go closer again.", "Wait for the person to walk into the light.", "Delete more.", "Turn round, the light may be behind you."),
    ),
    Subject(
        "cooking", "Cooking", "Everyday food and Sunday projects.", "stove",
        ("carbon steel pan", "pressure cooker", "lentil stew", "stock pot", "kitchen knife", "pickle jar"),
        ("cook for a crowd without panic", "use up a whole cabbage", "get crisp tofu", "season a new pan", "make soup from almost nothing"),
        ("the rice sticks every single time", "the sauce splits at the last minute", "onions take longer than any recipe says", "everything is ready except the potatoes", "the smoke alarm joins in"),
        ("Salt early and taste often.", "A little acid at the end wakes it up.", "Heat the pan before the oil.", "Double it and freeze half."),
    ),
    Subject(
        "hiking", "Hiking", "Paths, huts and wet socks.", "trailhead",
        ("rain jacket", "paper map", "pair of boots", "sleeping mat", "trekking pole", "thermos flask"),
        ("pack for three days in ten kilos", "read contour lines", "walk in fog", "choose a first long trail", "camp without a trace"),
        ("the blister comes on the first day", "the bridge on the map is gone", "the weather turns at the highest point", "the hut is full on Wednesdays too", "my knees complain on the way down"),
        ("Turn round at the hour you agreed on.", "Dry socks are worth their weight.", "Start early, the afternoon belongs to the thunder.", "Tell somebody where you are going."),
    ),
    Subject(
        "chess", "Chess", "Sixty-four squares.", "club room",
        ("endgame book", "rook ending", "opening repertoire", "tournament clock", "pawn break", "training plan"),
        ("convert an extra pawn", "stop blundering in time trouble", "learn one opening properly", "play the Caro-Kann", "analyse without an engine"),
        ("I see the fork one move too late", "my opponent knows twenty moves of theory", "every endgame ends in a draw", "I play well and lose on time", "the engine shrugs at my best move"),
        ("Look at checks, captures and threats, in this order.", "Ask what the last move wants.", "Endings first, openings last.", "Go over your losses before your wins."),
    ),
    Subject(
        "knitting", "Knitting", "Yarn, needles and one more row.", "yarn shop",
        ("sock pattern", "circular needle", "swatch", "cable sweater", "stitch marker", "stash"),
        ("turn a heel", "fix a dropped stitch ten rows down", "choose yarn for a baby", "block lace", "knit without looking"),
        ("the gauge changes when I am tired", "the second sleeve is longer", "the pattern assumes one knows the decrease", "the yarn runs out one row before the end", "the edges curl"),
        ("Wash the swatch, or it does not count.", "Put in a lifeline before the lace.", "Count at the end of every row, not every ten.", "Life is too short for scratchy wool."),
    ),
    Subject(
        "houseplants", "Houseplants", "Green things on windowsills.", "windowsill",
        ("monstera", "terracotta pot", "grow light", "snake plant", "cutting", "moisture meter"),
        ("repot a giant", "propagate in water", "get rid of fungus gnats", "keep a fern alive", "find the brightest spot"),
        ("the leaf tips turn brown", "new leaves come without holes", "the soil is wet on top and dry below", "the cat eats exactly one species", "it sulks after every move"),
        ("When in doubt, do not water.", "More light solves most of it.", "Repot in spring, not out of boredom.", "Turn it a quarter every week."),
    ),
    Subject(
        "sailing", "Sailing", "Wind, water and knots.", "harbour",
        ("dinghy", "genoa", "anchor chain", "bilge pump", "logbook", "tiller"),
        ("dock with a crosswind", "reef in time", "sleep at anchor", "sail single-handed", "read a tide table"),
        ("the engine fails in the harbour entrance", "the forecast is off by ten knots", "the anchor drags at three in the morning", "every locker is damp", "the halyard hums all night"),
        ("Reef when you first think of it.", "Approach as slowly as you are willing to hit it.", "Check the knot again.", "The sea will be there tomorrow."),
    ),
    Subject(
        "electronics", "Electronics", "Solder, datasheets and magic smoke.", "workbench",
        ("soldering iron", "oscilloscope", "breadboard", "bench supply", "sensor board", "crystal radio"),
        ("read a datasheet", "solder fine-pitch parts", "debug a bus that hangs", "design a first board", "measure a tiny current"),
        ("it works only while I touch it", "the regulator gets too hot", "the part is out of stock for a year", "the ground loop hums", "pin one is on the other side"),
        ("Check the power first.", "Add the decoupling capacitor.", "Print the footprint on paper and lay the part on it.", "If it works at once, be suspicious."),
    ),
    Subject(
        "languages", "Learning Languages", "One word after the other.", "evening class",
        ("flash card deck", "grammar book", "tandem partner", "graded reader", "radio play", "vocabulary notebook"),
        ("remember genders", "understand fast speech", "read a first novel", "practise without a partner", "keep two languages apart"),
        ("I forget the word as soon as I need it", "native speakers answer in English", "the textbook talks about fax machines", "my accent comes back when I am nervous", "the plateau lasts for months"),
        ("Ten minutes every day beat two hours on Sunday.", "Speak before you are ready.", "Read children's books without shame.", "Learn whole phrases, the grammar comes along."),
    ),
    Subject(
        "running", "Running", "Slow miles and fast ones.", "park",
        ("training log", "pair of trail shoes", "rest day", "half marathon", "head torch", "warm-up"),
        ("run slowly enough", "come back after an injury", "train before breakfast", "pace a first marathon", "enjoy hills"),
        ("the side stitch comes at four kilometres", "my shoes are done after a summer", "the watch thinks I am unproductive", "the last kilometre is the longest", "dogs find me fascinating"),
        ("If you cannot talk, you are too fast.", "Add ten per cent a week, not fifty.", "Sleep is training.", "The first ten minutes always lie."),
    ),
    Subject(
        "history", "History", "The past, with sources.", "archive",
        ("parish register", "local museum", "old map", "oral history", "footnote", "Roman road"),
        ("read old handwriting", "date a photograph", "find the archive of a vanished village", "cite a letter properly", "visit a battlefield with children"),
        ("the register burned in the one year I need", "every legend has three versions", "the map shows a street that never was", "the translation leaves out the joke", "the best book is out of print"),
        ("Ask who wrote it and for whom.", "Two sources that copy each other are one source.", "Maps lie politely.", "Look at the tax rolls, people hate paying and keep records."),
    ),
    Subject(
        "weather", "Weather", "Clouds, fronts and rain gauges.", "weather station",
        ("rain gauge", "barometer", "cloud atlas", "wind vane", "storm front", "thermometer screen"),
        ("read a synoptic chart", "site a thermometer", "photograph lightning", "tell the clouds apart", "keep a ten-year record"),
        ("the forecast changes with every run", "the gauge fills with leaves", "the storm splits right before the town", "fog sits in the valley for a week", "the sensor claims forty degrees in the shade"),
        ("Shade the sensor, or you measure the sun.", "Look west, then look at the app.", "Write it down at the same hour every day.", "A falling barometer beats any icon."),
    ),
    Subject(
        "fountainpens", "Fountain Pens", "Ink, nibs and good paper.", "writing desk",
        ("italic nib", "bottle of blue-black ink", "notebook", "converter", "piston filler", "blotter"),
        ("flush a dried-up pen", "find paper that does not feather", "write letters again", "tune a scratchy nib", "travel by plane with ink"),
        ("the ink dries in the cap", "the nib skips on downstrokes", "cheap paper bleeds through", "left-handers smear everything", "one pen becomes seven"),
        ("Clean it before you adjust it.", "Paper first, then ink, then the pen.", "Let the weight of the pen do the work.", "Lend it to nobody who presses."),
    ),
    Subject(
        "retrocomputing", "Retrocomputing", "Old machines that still run.", "attic",
        ("home computer", "floppy drive", "tape deck", "mechanical keyboard", "CRT monitor", "dot matrix printer"),
        ("read thirty-year-old floppies", "recap a power supply", "write assembly for fun", "clean yellowed plastic", "connect a serial port to anything"),
        ("the capacitors leak over the board", "the tape loads until ninety per cent", "the one cable is nowhere to be found", "the fuse blows once a month", "the game is harder than I remember"),
        ("Never power it on before you have looked inside.", "Image the disk first, play later.", "Dust is an insulator, until it is not.", "Keep the box."),
    ),
    Subject(
        "cats", "Cats", "They run the place.", "sofa",
        ("scratching post", "cardboard box", "food bowl", "travel crate", "window perch", "feather toy"),
        ("trim claws without blood", "introduce a second cat", "give a pill", "keep plants and a cat", "sleep past five"),
        ("she prefers the box to the toy", "he sings at four in the morning", "the water bowl is art and must be moved", "the sofa loses every argument", "she sits on the one page I read"),
        ("Several small meals, and the night is quieter.", "Let her come to you.", "Two boxes for one cat, three for two.", "Slow blinks work."),
    ),
    Subject(
        "dogs", "Dogs", "Long walks and muddy paws.", "dog park",
        ("long leash", "puppy class", "rain coat", "chew toy", "recall whistle", "car blanket"),
        ("teach a reliable recall", "walk past other dogs", "calm a dog in thunder", "travel by train with a dog", "adopt an older dog"),
        ("he eats first and asks later", "the sofa is forbidden and warm", "every stick is the best stick", "she barks at the vacuum cleaner only", "he hears the fridge from the garden"),
        ("Reward the calm, not only the tricks.", "Short sessions, and stop while it is fun.", "The nose needs a walk as well.", "Train for the dog you have."),
    ),
    Subject(
        "repair", "Repair", "Fix it before you replace it.", "repair café",
        ("washing machine", "toaster", "zip", "kitchen lamp", "phone battery", "bicycle pump"),
        ("open a case without breaking clips", "find a service manual", "replace a heating element", "mend a zip", "run a repair evening"),
        ("the screw is glued in", "the part costs more than the machine", "it works again for exactly two days", "the manual ends at the warranty page", "one spring jumps under the cupboard"),
        ("Take a picture before every step.", "Clean it first, half of them are just dirty.", "Keep the screws in the order you took them out.", "Unplug it. Yes, really."),
    ),
    Subject(
        "maps", "Maps", "Cartography, on paper and screen.", "map room",
        ("contour line", "tile server", "survey sheet", "compass", "map projection", "legend"),
        ("draw relief that reads well", "map a village by walking it", "choose a projection", "fold a sheet properly", "label a crowded coast"),
        ("the path exists only on the map", "the colours fail in print", "two sheets disagree on the river", "the label covers the one thing I need", "north is not up and nobody noticed"),
        ("Leave things out.", "Print it small and look from afar.", "Survey first, trace later.", "A scale bar survives every photocopier."),
    ),
    Subject(
        "science", "Science", "Results, methods and good questions.", "laboratory",
        ("control group", "field season", "lab notebook", "preprint", "microscope", "citizen science project"),
        ("read a paper in an hour", "explain uncertainty to a friend", "take part without a degree", "reproduce a result", "photograph through a microscope"),
        ("the effect vanishes with more data", "the headline says the opposite", "the data is available on request and never comes", "the sample is twelve students", "the graph starts at ninety"),
        ("Read the methods before the abstract.", "Ask what would change your mind.", "A small sample is a story.", "Look for the size of the effect, not only for the star."),
    ),
    Subject(
        "books", "Books", "What we read and why.", "library",
        ("short story collection", "second-hand copy", "reading list", "translation", "library card", "audiobook"),
        ("read more than one book a month", "start a reading circle", "get through a slow first chapter", "lend books and get them back", "choose a translation"),
        ("the blurb tells the ending", "the last third is rushed", "my shelf holds more than my life", "the map is printed across the fold", "everybody in it has the same initial"),
        ("Stop reading what you do not enjoy.", "Fifty pages, then decide.", "Read the author's second book first.", "Carry it with you and the minutes add up."),
    ),
    Subject(
        "opensource", "Open Source", "Code that everyone may read.", "hackspace",
        ("pull request", "changelog", "bug tracker", "licence file", "release script", "issue template"),
        ("write a good bug report", "review without offending", "hand over a project", "choose a licence", "keep a changelog that people read"),
        ("the maintainer is one tired person", "the tests pass only on one machine", "the fix waits for a year", "the documentation describes version two", "nobody dares to delete the old module"),
        ("Small changes get merged.", "Say thank you before you say but.", "Document the why, the code has the how.", "A reproducible report is half of the fix."),
    ),
    Subject(
        "beekeeping", "Beekeeping", "Hives, honey and healthy bees.", "apiary",
        ("smoker", "brood frame", "queen", "honey extractor", "bee suit", "hive stand"),
        ("catch a swarm", "overwinter a small colony", "find the queen", "treat for mites in time", "bottle honey without bubbles"),
        ("the hive swarms on a Monday", "the honey sets in the bucket", "wasps come in August", "the queen hides every time", "the notes from last year are unreadable"),
        ("Move slowly and they will let you.", "Leave them enough for the winter.", "Look at the entrance first, it tells the most.", "Read the weather before you open."),
    ),
    Subject(
        "radio", "Amateur Radio", "Antennas, static and distant voices.", "radio shack",
        ("wire antenna", "Morse key", "handheld", "antenna tuner", "log sheet", "repeater"),
        ("work a contact on five watts", "learn Morse by ear", "put up an antenna nobody sees", "find the noise in the house", "pass the licence exam"),
        ("the band closes when I sit down", "a power supply hums over everything", "the landlord dislikes wires", "the pile-up never hears me", "the solar panel sings on forty metres"),
        ("A better antenna beats more power.", "Listen twice as long as you talk.", "Learn the sounds, not the dots.", "Ferrites are cheap, frustration is not."),
    ),
    Subject(
        "architecture", "Architecture", "Buildings, good and otherwise.", "town square",
        ("stairwell", "brick facade", "courtyard", "floor plan", "shop front", "roof terrace"),
        ("renovate an old house kindly", "read a floor plan", "insulate without mould", "save a listed building", "photograph straight verticals"),
        ("the rendering shows trees that never come", "the window cannot be opened", "every second wall is crooked", "the square is empty in the sun", "the original tiles were thrown away"),
        ("Look at how people walk, then draw the path.", "Good light costs less than good marble.", "Repair the window before you replace it.", "Visit it in the rain."),
    ),
    Subject(
        "music", "Making Music", "Instruments, practice and noise.", "rehearsal room",
        ("practice room", "acoustic guitar", "metronome", "second-hand piano", "four-track recorder", "setlist"),
        ("practise when the house sleeps", "sing in tune with others", "change strings on an old guitar", "record a demo at home", "learn an instrument at fifty"),
        ("my left hand forgets everything overnight", "the neighbours know the song better than I do", "it sounds better in my head", "the band finds no common evening", "the string breaks in the second song"),
        ("Slowly, and without mistakes.", "Record yourself and be brave.", "Stop while it still goes well.", "Tune again after the first song."),
    ),
    Subject(
        "fermentation", "Fermentation", "Jars that bubble.", "cellar",
        ("crock", "kimchi jar", "kombucha culture", "airlock", "pickle weight", "hot sauce"),
        ("keep vegetables under the brine", "ferment in summer heat", "tell mould from yeast", "make vinegar from apples", "start with a single jar"),
        ("the jar overflows at night", "the carrots turn soft", "a white film covers everything", "the whole flat smells of cabbage", "the lid will not open any more"),
        ("Two per cent of salt, by weight.", "Trust your nose.", "Burp the jar before you go to bed.", "Below the brine all is fine."),
    ),
    Subject(
        "urbanism", "Urbanism", "Streets for people.", "tram stop",
        ("bus lane", "street tree", "corner shop", "speed hump", "market hall", "crossing"),
        ("get a crossing built", "count traffic as citizens", "argue for a tram", "make a street playable", "read a zoning plan"),
        ("the path ends at the car park", "the bench was removed against sitting", "the bus comes in threes", "the plan dates from before I was born", "the square has no shade"),
        ("Try it with paint first.", "Count before and after, then talk.", "Ask the school, they know every crossing.", "A tree is infrastructure."),
    ),
    Subject(
        "minimalism", "Living with Less", "Fewer things, chosen well.", "spare room",
        ("capsule wardrobe", "empty shelf", "second-hand coat", "list of gifts", "moving box", "paper pile"),
        ("sort a parent's house", "say no to gifts kindly", "keep a small kitchen working", "pack for a month in one bag", "digitise letters"),
        ("the drawer of cables refills itself", "I miss the one thing I gave away", "sentimental things multiply", "the sale is always on", "the family brings boxes back"),
        ("Keep what you would buy again.", "One in, one out.", "Give it to somebody who has waited for it.", "Start with the easy shelf."),
    ),
    Subject(
        "repairabletech", "Repairable Tech", "Things that can be opened.", "makerspace",
        ("battery pack", "spare part", "torx driver", "e-reader", "modular phone", "wiring diagram"),
        ("replace a glued-in battery", "find spare parts that fit", "keep a ten-year-old phone useful", "read a wiring diagram", "test a cell safely"),
        ("the display dies after the warranty", "the app wants an account for the lamp", "the firmware is gone from the website", "the connector is unique in the universe", "the battery shows sixty and means five"),
        ("Buy the one with the screws.", "Store batteries half full.", "Download the manual while it exists.", "Heat the glue, not the cell."),
    ),
)  # fmt: skip

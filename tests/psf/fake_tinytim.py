"""Stand-ins for tiny1, tiny2 and tiny3 that talk, and fail, as TinyTim 7.5 does.

Written from its manual and behaviour: questions are asked again until they like an answer, also
when there is none left; errors end with status 0; a focus of 1e-12 is rewritten with six decimals.
"""

import os
import stat
import sys

FILTERS = {
    "F218W": 8, "F336W": 6, "F438W": 6, "F502N": 1, "F547M": 5, "F814W": 10,
}  # fmt: skip

_SCRIPT = """#!{python} -IS
import math, os, struct, sys

FILTERS = {filters!r}
FAULT = os.environ.get("FAKE_FAULT", "")
name = os.path.basename(sys.argv[0])
work = os.getcwd()
with open(os.environ["FAKE_LOG"], "a") as log:
    log.write(" ".join([name, *sys.argv[1:]]) + "\\n")


def log(line):
    with open(os.environ["FAKE_LOG"], "a") as file:
        file.write(line + "\\n")


def misbehave():
    if FAULT == name + " hangs":
        while True:
            pass
    while FAULT == name + " floods":
        print("Computing PSF for wavelength" * 20)
    if FAULT == name + " writes nothing":
        print("ERROR : out of luck")
        sys.exit(0)
    if FAULT == name + " crashes":
        print("no memory", file=sys.stderr)
        sys.exit(2)


def write_fits(path, n, sigma, cards):
    line = [math.exp(-((i - n // 2) ** 2) / (2 * sigma**2)) for i in range(n)]
    total = sum(line) ** 2
    data = b"".join(struct.pack(">f", a * b / total) for a in line for b in line)
    cards = [
        "SIMPLE  =                    T",
        "BITPIX  =                  -32",
        "NAXIS   =                    2",
        f"NAXIS1  = {{n:20d}}",
        f"NAXIS2  = {{n:20d}}",
        "EXTEND  =                    F",
        *cards,
        "END",
    ]
    header = "".join(card.ljust(80) for card in cards).ljust(2880).encode()
    data += bytes(-len(data) % 2880)
    if FAULT == name + " writes half":
        data = data[: len(data) // 2]
    with open(path, "wb") as file:
        file.write(header + data)


def tiny1():
    if sys.argv[1] == "-v" and FAULT != "tiny1 is old":
        print("7.0" if FAULT == "tiny1 is other" else "7.5")
        return
    words = iter(sys.stdin.read().split())

    def ask(question, old):
        print(question)
        answer = next(words, None)
        log("answer " + str(answer))
        return old if answer is None else answer

    camera = 0
    while not 1 <= camera <= 23:
        print("22) WFC3 UVIS channel " * 20)
        camera = int(ask("Choice :", camera))
    chip = 0
    while chip not in (1, 2):
        chip = int(ask("Enter detector (1 or 2) :", chip))
    x, y = ask("Position :", 0), ask("", 0)
    waves, filter_ = 0, ""
    while waves == 0:
        filter_ = ask("Filter :", filter_)
        if filter_ == "MONO":
            waves, wavelength = 1, -1.0
            while not 200 <= wavelength <= 1000:
                wavelength = float(ask("Enter wavelength in nm :", wavelength))
        elif filter_:
            waves = next((n for known, n in FILTERS.items() if filter_.upper() in known), 0)
            wavelength = float(filter_[1:4]) if waves else 0.0
    spectrum = "No spectrum"
    if waves > 1:
        choice = 0
        while not 1 <= choice <= 5:
            choice = int(ask("Choose form of object spectrum :", choice))
        if choice == 1:
            spectrum = "bpgs_" + ask("Enter spectrum # :", 0)
        elif choice == 2:
            spectrum = "Blackbody(" + ask("Enter temperature (Kelvin) :", 0) + "K)"
        else:
            spectrum = ask("Enter name of spectrum file :", "")
            with open(spectrum) as file:
                log("spectrum " + file.readline().strip())
    diameter = 99.0
    while diameter > 11:
        diameter = float(ask("What diameter should your PSF be (in arcseconds)? :", diameter))
    focus = 1e-12 + 0.011 * float(ask("Focus, secondary mirror despace? [microns]:", 0))
    root = ask("Rootname of PSF image files (no extension) :", "")
    misbehave()
    scale = wavelength / 1000 * 1296000 / (4 * math.pi * 2.4e6) / 1.3
    with open(sys.argv[1], "w") as file:
        print(root, " # Output PSF file rootname", file=file)
        print("WFC3_UVIS%d  # Camera" % chip, file=file)
        print("%s  # Filter" % filter_, file=file)
        print("%s  # Spectrum file" % spectrum, file=file)
        print("%d %s %s  # Position 1" % (waves, x, y), file=file)
        print("%f %f  # PSF diameter in arcsecs" % (diameter, wavelength), file=file)
        print("%f  # Integrated PSF scaling (arcsec)" % scale, file=file)
        print("%f # Z4 = Focus" % focus, file=file)
    print("To execute the next stage, enter the command :")


def common():
    # What both of the others read from the parameter file, and the cards they share.
    lines = [line.split("#")[0].split() for line in open(sys.argv[1])]
    root, camera, filter_, spectrum = (" ".join(line) for line in lines[:4])
    waves, scale = int(lines[4][0]), float(lines[6][0])
    diameter, wavelength = map(float, lines[5])
    if FAULT == name + " answers for another filter":
        filter_ = "f999w"
    focus = lines[7][0]
    log("focus " + focus)
    cards = ["INSTRUME= '" + camera + "'         / Simulated instrument"]
    cards.append("FOCUS   = %20.4f / PSF RMS focus (waves @ 547 nm)" % float(focus))
    cards.append("PIXSCALE")
    if waves > 1:
        cards.append("SPECTRUM= '" + spectrum + "'  / PSF spectrum type or file")
        cards.append("FILTER  = '" + filter_.lower() + "'  / PSF filter")
    else:
        cards.append("WAVELNTH= %20f / PSF wavelength in microns" % (wavelength / 1000))
    return root, cards, diameter, scale


def tiny2():
    misbehave()
    root, cards, diameter, scale = common()
    cards[2] = "PIXSCALE= %20.4f / Pixel scale in arcseconds" % scale
    n = int(diameter / scale) // 2 * 2
    write_fits(root + "00_psf.fits", n, 0.03 / scale, cards)


def tiny3():
    misbehave()
    root, cards, diameter, scale = common()
    if not os.path.exists(root + "00_psf.fits"):
        print("Could not open FITS file")
        sys.exit(0)
    sub = 1
    for word in sys.argv[2:]:
        sub = int(word.removeprefix("SUB="))
        if not 1 <= sub <= 10:
            print("ERROR : Subsampling factor must be an integer between 1-10")
            sys.exit(0)
    cards[2] = "PIXSCALE= %20.4f / Approximate pixel scale in arcseconds" % (0.04 / sub)
    if sub > 1:
        print("  NOTE : Subsampled, so not convolving with charge diffusion kernel.")
        cards += [
            "COMMENT   This PSF is subsampled, so the charge diffusion kernel was",
            "COMMENT   NOT applied.  After you rebin this PSF to normal sampling,",
            "COMMENT   you should convolve it with the following kernel :",
            "COMMENT      0.016000 0.095000 0.016000",
            "COMMENT      0.095000 0.556000 0.095000",
            "COMMENT      0.016000 0.095000 0.016000",
        ]
    n = int(sub * diameter / 0.04 * 1.2)
    write_fits(root + "00.fits", n, 0.03 * sub / 0.03939, cards)


globals()[name]()
"""


def install(folder):
    """Write the three programs and their table of filters into a folder."""
    folder.mkdir(exist_ok=True)
    script = _SCRIPT.format(python=sys.executable, filters=FILTERS)
    for name in ("tiny1", "tiny2", "tiny3"):
        (folder / name).write_text(script)
        os.chmod(folder / name, stat.S_IRWXU)
    lines = []
    for name, number in FILTERS.items():
        lines.append(f"{name}       {number}")
        lines += [f"        {300 + 10 * i}.00    1.000000" for i in range(number)]
    (folder / "wfc3uvis.fil").write_text("\n".join(lines) + "\n")
    return folder

// Everything that needs a graphics card, for bench/gpu.sh:
//   programs FOLDER      writes the PTX of every program that the trainings of `check` and `speed` need; needs no card
//   check [NAME…]        trains small models on the card and on the processor and compares every bit
//   speed [NAME…]        tokens a second of the table's rows on the card and on the processor, a line of JSON each
//   products [TEXT]      time of products of the trainings' shapes by every tile, those whose line begins with TEXT
//   profile NAME         time by program of one row, with a wait after each launch
//   tiles [NAME…]        time of a step of the sequences of the table's rows with several tiles
//   tiles-to FOLDER [NAME…]  writes the PTX of those tiles with their estimates; needs no card
//   table FOLDER         the table of what `speed` and pytorch_gpu.py have written there, in Markdown
// RECURRENT_GPU=emulated in the environment stands the tests' emulated card in for the real one.
using Recurrent.Gpu;

switch (args)
{
    case ["programs", var folder]:
        Programs.Write(folder);
        return 0;
    case ["check", .. var names]:
        return SameBits.Check(names) ? 0 : 1;
    case ["speed", .. var names]:
        Speed.Measure(names);
        return 0;
    case ["products", .. var beginning]:
        Products.Measure(string.Concat(beginning));
        return 0;
    case ["profile", var name]:
        Programs.Profile(name);
        return 0;
    case ["tiles-to", var folder, .. var names]:
        Tiles.Write(folder, names);
        return 0;
    case ["tiles", .. var names]:
        Tiles.Measure(names);
        return 0;
    case ["table", var folder]:
        Table.Print(folder);
        return 0;
    default:
        throw new ArgumentException("Say what to do; the head of Program.cs shows how.");
}

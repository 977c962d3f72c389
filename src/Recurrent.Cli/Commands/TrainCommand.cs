using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Input;
using Recurrent.Cli.Output;
using Recurrent.Cli.Training;
using Recurrent.Decoding;
using Recurrent.Files;
using Recurrent.Formats;
using Recurrent.Ranges;
using Recurrent.Tensors;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Cli.Commands;

/// <summary><c>train</c>: from a text to a model file.</summary>
internal static class TrainCommand
{
    /// <summary>The verb's name.</summary>
    public const string Name = "train";

    private const int BookSample = 50; // tokens

    /// <summary>Makes the verb.</summary>
    public static Verb Create(CliContext context)
    {
        var verb = new Verb(
            Name,
            "Train a model on a text and save it.",
            ("recurrent train", "the embedded story"),
            ("recurrent train my.txt", "your own text, with settings that fit it"),
            ("recurrent train my.txt --budget 3m", "the best model three minutes can buy"),
            ("recurrent train my.txt --networks 2", "two networks that predict together"),
            ("recurrent train my.txt --model gru,lstm", "two of different kinds"),
            ("recurrent train my.txt --model lstm --layers 2", "two layers of long short-term memory"),
            ("recurrent train my.txt --patience 5", "stop when it gets no better"),
            ("recurrent train my.txt --watch 8090", "see its curves at http://127.0.0.1:8090"),
            ("recurrent train my.txt --device gpu", "on a graphics card"),
            ("recurrent train my.txt --dry-run", "see what it will do, without doing it"),
            ("recurrent train my.txt --resume", "continue where it was stopped"),
            ("recurrent train my.txt --resume auto", "for a job script that repeats it"),
            ("recurrent train my.txt --from story.safetensors", "train a model further"),
            ("recurrent train time-machine --preset book", "Dive into Deep Learning's network"),
            ("recurrent train --preset book --model rnn", "its fast twin, on the embedded story"),
            ("cat my.txt | recurrent train - --out my.safetensors", "from a pipe"),
            ("recurrent train --json > log.jsonl", "for a program to read")
        );
        var arguments = new TrainArguments(verb);
        verb.SetAction(parsed =>
        {
            var settings = arguments.Of(parsed);
            var threads = settings.Threads;
            settings = settings with { Corpus = settings.Corpus with { SegmentLength = context.SegmentLength } };
            if (context.Ranks is { } ranks)
            {
                settings = settings with
                {
                    Threads = settings.Threads ?? ranks.Threads,
                    Device = settings.Device == DeviceChoice.Auto ? new(null, IsCpu: true) : settings.Device,
                };
            }
            return Run(
                settings,
                (corpus, device) => arguments.PlanFor(parsed, settings, corpus, Like(device)),
                context
            );

            // The plan is one, for rank 0's processor.
            Device Like(Device device) =>
                device is CpuDevice && context.Ranks is { } all ? all.FirstProcessor(threads) : device;
        });
        return verb;
    }

    private static int Run(TrainSettings settings, Func<Corpus, Device, TrainingPlan> planFor, CliContext context)
    {
        var devices = new TrainingDevice(settings, context);
        var source = TextSource.Find(settings.Text, settings.Corpus, context);
        var path = settings.Out ?? source.ModelPath;
        var writes = context.Ranks is not { Rank: > 0 }; // files: rank 0 alone does
        if (writes)
        {
            CheckDestination(path, source);
        }
        if (settings.Out is null && settings.FromPath is { } old && Path.GetFullPath(old) == Path.GetFullPath(path))
        {
            throw new FailureException(
                $"{path} is the model to go on from; name another file with --out, or this one to replace it."
            );
        }
        if (settings.DryRun)
        {
            return ShowPlan(
                settings,
                source,
                path,
                corpus => devices.Choose(device => planFor(corpus, device)),
                context
            );
        }
        if (writes)
        {
            if (settings.Report)
            {
                ReportFile.CheckDestination(path);
            }
            if (settings.CheckpointInterval is not null)
            {
                CheckpointFile.CheckDestination(TrainingEnd.CheckpointOf(path));
            }
            TrainingEnd.RequireCheckpoint(settings, path);
        }
        using var watch = writes && settings.Watch is { } port ? TrainingWatch.Start(port, context) : null;
        using var alone = writes ? FileLock.Acquire(path) : null;
        context.Interruption.OnEnd = alone is null ? null : alone.Dispose; // the lock's file would stay
        var threads = settings.Threads ?? Environment.ProcessorCount;
        using var read = CorpusReader.Read(source, settings.Corpus, path, threads, context);
        var corpus = settings.From is { } from ? ForModel(read, from, settings) : read;
        var (device, plan) = devices.Choose(device => planFor(corpus, device));
        Check(corpus, settings.Corpus, plan.Trainer, source.Origin);

        var validation = ReadValidation(settings, corpus, context);
        if (plan.Trainer is { Validation: > 0, ValidationLines: false } && DrawnLines.LooksSorted(corpus))
        {
            context.Error.WriteLine(
                PrintableText.OneLine(
                    $"The lines of {source.Name} are sorted, so their end, which is the validation text, is not like "
                        + "the rest; --validation-lines draws lines by chance."
                )
            );
        }

        using var output = CreateOutput(settings, context);
        var session = Create(
            corpus,
            plan,
            new TrainingSessionOptions
            {
                TextName = source.Name,
                Prompts = source.Prompts,
                CheckpointPath = settings is { CheckpointInterval: null, Resume: Resumption.Never }
                    ? null
                    : TrainingEnd.CheckpointOf(path),
                CheckpointInterval = settings.CheckpointInterval,
                ReplacesStart = settings.ReplacesFrom,
                Origin = settings.Text.Kept,
                Sampling = settings.IsBook ? SamplingOptions.Greedy : new SamplingOptions(),
                SampleLength = settings.IsBook ? BookSample : null,
                KeptCheckpoints = Math.Max(settings.Keep, 1),
                Device = device,
                Time = context.Time,
                Observers = watch is null ? [output] : [output, watch.Observer],
                Parts = new TrainingParts { Validation = validation, Ranks = context.Ranks?.Ranks },
            }
        );
        if (plan.Model.Bidirectional)
        {
            context.Error.WriteLine(
                "No text is shown, because a bidirectional model reads ahead and so cannot generate."
            );
        }
        return TrainingEnd.Run(session, settings, path, output, context);
    }

    /// <summary>Reads the validation text of its own, if there is one, in the tokens of the text to train on.</summary>
    private static TokenSequence? ReadValidation(TrainSettings settings, Corpus corpus, CliContext context)
    {
        if (settings.ValidationText is not { } name)
        {
            return null;
        }
        var options = settings.Corpus with { MaxTokens = null, MinFrequency = 1, MaxVocabulary = null };
        var source = TextSource.Find(settings.Text with { Names = [name] }, options, context);
        using var stream = source.OpenRead(context.Interruption.Token);
        using var text = Corpus.FromStream(stream, source.Origin, options, context.Interruption.Token);
        int[] indices = [.. text.Vocabulary.Tokens.Select(token => corpus.Vocabulary[token])];
        var tokens = text.Sequence.Mapped(indices).ToArray();
        var unknown = tokens.Count(token => token == Vocabulary.UnknownIndex);
        if (unknown > 0 && corpus.Vocabulary.Frequencies[Vocabulary.UnknownIndex] == 0)
        {
            var all = Sentences.Amount(tokens.Length, corpus.Codec.Tokenizer.Name);
            context.Error.WriteLine(
                PrintableText.OneLine(
                    $"{source.Name}: {unknown:#,0} of {all} are not in the text that is trained on, and are measured "
                        + "as unknown."
                )
            );
        }
        return tokens;
    }

    private static int ShowPlan(
        TrainSettings settings,
        TextSource source,
        string path,
        Func<Corpus, (Device Device, TrainingPlan Plan)> choose,
        CliContext context
    )
    {
        using var read = CorpusReader.ReadIntoMemory(source, settings.Corpus, context.Interruption.Token);
        var corpus = settings.From is { } from ? ForModel(read, from, settings) : read;
        var (device, plan) = choose(corpus);
        Check(corpus, settings.Corpus, plan.Trainer, source.Origin);
        foreach (var line in PlanText.Of(settings, source.Name, path, corpus, plan, device))
        {
            context.Out.WriteLine(PrintableText.OneLine(line));
        }
        return ExitCode.Success;
    }

    /// <exception cref="FailureException">The model does not know all of the text.</exception>
    private static Corpus ForModel(Corpus corpus, TrainedModel from, TrainSettings settings)
    {
        try
        {
            return corpus.ForModel(from.Codec, settings.ExtendVocabulary);
        }
        catch (ArgumentException unknown)
        {
            var sentence = unknown.WithoutParameter();
            throw new FailureException(
                sentence.Replace(
                    "extend its vocabulary",
                    "add them with --extend-vocabulary",
                    StringComparison.Ordinal
                ),
                unknown
            );
        }
    }

    /// <exception cref="FailureException">A parameter of the model would be larger than a tensor can.</exception>
    private static TrainingSession Create(Corpus corpus, TrainingPlan plan, TrainingSessionOptions options)
    {
        try
        {
            return new TrainingSession(corpus, plan, options);
        }
        catch (ArgumentException tooLarge)
        {
            throw new FailureException(tooLarge.WithoutParameter(), tooLarge);
        }
    }

    private static ITrainingOutput CreateOutput(TrainSettings settings, CliContext context)
    {
        var threads = settings.Threads ?? Environment.ProcessorCount;
        return settings.Json ? new JsonOutput(context.Out, context.Error, context.Time, threads, context.Ranks)
            : context.Terminal is { } terminal ? new LiveOutput(context.Out, context.Error, terminal, context.Time)
            : new PlainOutput(context.Out, context.Error, context.Time, threads, context.Ranks);
    }

    private static void CheckDestination(string path, TextSource source)
    {
        if (source.Files.Any(text => Path.GetFullPath(text) == Path.GetFullPath(path)))
        {
            throw new FailureException($"{path} is the text itself; name another file with --out.");
        }
        TrainedModel.CheckDestination(path);
    }

    private static void Check(Corpus corpus, CorpusOptions text, TrainerOptions settings, string origin)
    {
        try
        {
            settings.RequireShards(settings.BatchSize);
        }
        catch (ArgumentException undivided)
        {
            throw new FailureException(undivided.Message, undivided);
        }
        var needed = settings.CreateSampler().MinimumTokens;
        var (there, unit) = (corpus.Sequence.Length, corpus.Codec.Tokenizer.Name);
        if (settings.Validation is > 0 and var validation)
        {
            var measured = TrainerOptions.HeldOut(there, validation);
            if (measured > there / 2)
            {
                throw new FailureException(
                    $"{origin} is too short: --validation {measured} is more than half of "
                        + $"{Sentences.Amount(there, unit)}; choose a smaller --validation."
                );
            }
            if (measured < 2)
            {
                throw new FailureException(
                    $"{origin} is too short: --validation {validation} leaves {measured} of "
                        + $"{Sentences.Amount(there, unit)} to measure on and 2 are needed; "
                        + "choose a larger --validation."
                );
            }
            there -= measured;
        }
        if (there >= needed)
        {
            return;
        }
        var wayOut =
            text.MaxTokens < needed ? "a larger --max-tokens, a smaller --batch or fewer --steps"
            : corpus.Codec.Normalizer.Normalization == Normalization.Letters
                ? "a longer text, a smaller --batch or fewer --steps, or --normalize none to keep more than "
                    + "the letters A-Z"
            : "a longer text, a smaller --batch or fewer --steps";
        throw new FailureException(
            $"{origin} is too short: --batch {settings.BatchSize} and --steps {settings.Steps} need "
                + $"{needed:#,0} {unit} and there {(there == 1 ? "is" : "are")} {there:#,0}; choose {wayOut}."
        );
    }
}

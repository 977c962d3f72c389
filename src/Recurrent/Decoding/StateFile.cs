using System.Text.Json;
using Recurrent.Formats.Safetensors;
using Recurrent.Models;
using Recurrent.Tensors;
using Recurrent.Text;

namespace Recurrent.Decoding;

/// <summary>
/// A text's state as the bytes of a safetensors file: what the decoder keeps as tensors, and in the metadata the
/// sections "state", the place that the text has reached, and "sampling", how it was written. See docs/formats.md.
/// </summary>
internal sealed class StateFile
{
    /// <summary>The most stop strings of a text that goes on.</summary>
    public const int MaxStops = 32;

    /// <summary>The most UTF-16 units of each.</summary>
    public const int MaxStopLength = 1000;

    private const string WayOut = "send the bytes of a state as they were";
    private const string StateName = "state";
    private const string SamplingName = "sampling";
    private const long MostTokens = 1L << 53; // that JSON holds exactly
    private const int MostHeld = 4096; // UTF-16 units; a stop string's are 1,000

    private static readonly ContainerFormat s_format = new(
        "recurrent-state",
        1,
        "it is not the state of a text",
        WayOut,
        WayOut
    );

    private readonly Container _file;
    private readonly JsonMembers _state;

    private StateFile(Container file) => (_file, _state) = (file, file.Section(StateName));

    /// <summary>What identifies the model that the state is of.</summary>
    /// <exception cref="FormatError">It is missing.</exception>
    public string Model => Guarded(() => _state.String("model"));

    /// <summary>Writes a state.</summary>
    /// <param name="stream">The destination.</param>
    /// <param name="model">What identifies the model.</param>
    /// <param name="text">A state with nothing ahead.</param>
    public static void Write(Stream stream, string model, TextState text)
    {
        var (state, sampling) = (text.State, text.Sampling);
        if (state.Ahead.Length > 0)
        {
            throw new InvalidOperationException("The state has tokens ahead; read them first.");
        }
        s_format.Write(
            stream,
            [
                (StateName, json => WriteState(json, model, state)),
                (SamplingName, json => WriteSampling(json, sampling, text.Sample)),
            ],
            [
                .. Enumerable
                    .Range(0, state.Row.Count)
                    .Select(part => (Name: state.Row.NameOf(part), Values: state.Row.ValuesOf(part).ToArray()))
                    .Select(part => new Parameter(part.Name, Tensor.From(part.Values, part.Values.Length))),
            ]
        );
    }

    /// <summary>Opens a file; nothing is allocated that it does not hold.</summary>
    /// <param name="stream">A seekable stream, which must stay open.</param>
    /// <exception cref="FormatError">It is damaged, or another file.</exception>
    public static StateFile Open(Stream stream) => Guarded(() => new StateFile(s_format.Open(stream)));

    /// <summary>Reads the state.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="codec">Its codec.</param>
    /// <exception cref="FormatError">
    /// A member is missing or out of its range, a value is not finite, or the state is of another model.
    /// </exception>
    public TextState Read(Decoder decoder, TextCodec codec) =>
        Guarded(() =>
        {
            var sampling = _file.Section(SamplingName);
            var text = new TextState(
                ReadState(StartOf(decoder), codec.Vocabulary.Count),
                ReadSampling(sampling, codec.Vocabulary.Count),
                (int)sampling.Integer("sample", 0, int.MaxValue)
            );
            return text;
        });

    private static void WriteState(Utf8JsonWriter json, string model, StreamState state)
    {
        json.WriteString("model", model);
        json.WriteNumber("tokens", state.Taken);
        json.WriteNumber("chosen", state.Sampler.Chosen);
        WriteIntegers(json, "recent", state.Sampler.Recent);
        WriteIntegers(json, "counted", state.Sampler.Counts.Select(entry => entry.Token));
        WriteIntegers(json, "counts", state.Sampler.Counts.Select(entry => entry.Count));
        json.WriteString("held", state.Held);
        json.WriteBoolean("impliesSpace", state.SpaceIsThere);
    }

    private StreamState ReadState(DecoderRow start, int vocabularySize)
    {
        var tokens = _state.Integer("tokens", 0, MostTokens);
        var recent = (int)Math.Min(tokens, SamplingOptions.RepetitionWindow);
        var counted = _state.Integers("counted", 0, vocabularySize, vocabularySize - 1);
        var counts = _state.Integers("counts", counted.Length, counted.Length, int.MaxValue);
        var held = _state.String("held");
        if (held.Length > MostHeld)
        {
            throw new FormatError($"it holds {held.Length} characters back and may hold {MostHeld}");
        }
        var sampler = new SamplerState(
            (ulong)_state.Integer("chosen", 0, tokens),
            Array.ConvertAll(_state.Integers("recent", recent, recent, vocabularySize - 1), token => (int)token),
            [.. counted.Zip(counts, (token, count) => ((int)token, (int)count))]
        );
        return new StreamState(ReadRow(start), sampler)
        {
            Taken = tokens,
            Held = held,
            SpaceIsThere = _state.OptionalBoolean("impliesSpace"),
        };
    }

    private DecoderRow ReadRow(DecoderRow start)
    {
        var entries = _file.Tensors.Entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
        var parts = new (string, float[])[start.Count];
        for (var part = 0; part < parts.Length; part++)
        {
            var (name, length) = (start.NameOf(part), start.ValuesOf(part).Length);
            if (!entries.Remove(name, out var entry) || entry.Shape is not [var count] || count != length)
            {
                throw new FormatError($"it has no {name} of {length} values, as the model has: {start}");
            }
            if (entry.Type != TensorType.Float32)
            {
                throw new FormatError($"its {name} is of type {entry.Type.Name}, not {TensorType.Float32.Name}");
            }
            _file.Tensors.RequireFinite(entry, WayOut);
            var values = new float[length];
            _file.Tensors.Read(entry, values);
            parts[part] = (name, values);
        }
        return entries.Count == 0
            ? new DecoderRow(parts)
            : throw new FormatError($"it has {FormatError.Quote(entries.Keys.First())}, which the model has not");
    }

    private static void WriteSampling(Utf8JsonWriter json, SamplingOptions sampling, int sample)
    {
        json.WriteNumber("temperature", sampling.Temperature);
        json.WriteNumber("topK", sampling.TopK);
        json.WriteNumber("topP", sampling.TopP);
        json.WriteNumber("minP", sampling.MinP);
        json.WriteNumber("repetitionPenalty", sampling.RepetitionPenalty);
        json.WriteNumber("presencePenalty", sampling.PresencePenalty);
        json.WriteNumber("frequencyPenalty", sampling.FrequencyPenalty);
        WriteIntegers(json, "biased", sampling.LogitBias.Keys);
        json.WriteStartArray("biases");
        foreach (var bias in sampling.LogitBias.Values)
        {
            json.WriteNumberValue(bias);
        }
        json.WriteEndArray();
        json.WriteStartArray("stop");
        foreach (var stop in sampling.StopStrings)
        {
            json.WriteStringValue(stop);
        }
        json.WriteEndArray();
        json.WriteNumber("seed", sampling.Seed);
        json.WriteNumber("sample", sample);
    }

    private static SamplingOptions ReadSampling(JsonMembers members, int vocabularySize)
    {
        var biased = members.Integers("biased", 0, vocabularySize, vocabularySize - 1);
        var biases = members.Numbers("biases", biased.Length);
        var stops = members.Count("stop");
        if (stops > MaxStops)
        {
            throw new FormatError($"it has {stops} stop strings and may have {MaxStops}");
        }
        try
        {
            return new()
            {
                Temperature = Number("temperature"),
                TopK = (int)members.Integer("topK", 0, int.MaxValue),
                TopP = Number("topP"),
                MinP = Number("minP"),
                RepetitionPenalty = Number("repetitionPenalty"),
                PresencePenalty = Number("presencePenalty"),
                FrequencyPenalty = Number("frequencyPenalty"),
                LogitBias = biased.Zip(biases).ToDictionary(entry => (int)entry.First, entry => entry.Second),
                StopStrings =
                    members.Strings("stop", stops) is var texts && texts.All(text => text.Length <= MaxStopLength)
                        ? texts
                        : throw new FormatError($"a stop string of it has more than {MaxStopLength} characters"),
                Seed = members.Integer("seed", long.MinValue, long.MaxValue),
            };
        }
        catch (ArgumentException error)
        {
            throw FormatError.Of(error, "its sampling");
        }

        double Number(string name) =>
            members.OptionalNumber(name) ?? throw new FormatError($"its sampling lacks \"{name}\"");
    }

    private static void WriteIntegers(Utf8JsonWriter json, string name, IEnumerable<int> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteNumberValue(value);
        }
        json.WriteEndArray();
    }

    /// <summary>What a decoder keeps of a text, before any.</summary>
    public static DecoderRow StartOf(Decoder decoder)
    {
        var state = decoder.RentState(1);
        decoder.ReturnState(state);
        return state.Start;
    }

    private static T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (FormatError error)
        {
            throw error.OrElse(WayOut);
        }
    }
}

/// <summary>A text's state, and how it is written.</summary>
/// <param name="State">The state.</param>
/// <param name="Sampling">How its next token is chosen, unless someone asks for another way.</param>
/// <param name="Sample">The number of the text among the seed's samples.</param>
internal sealed record TextState(StreamState State, SamplingOptions Sampling, int Sample);

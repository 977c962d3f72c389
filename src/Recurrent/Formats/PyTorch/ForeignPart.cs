using Recurrent.Formats.Safetensors;
using Recurrent.Models;

namespace Recurrent.Formats.PyTorch;

/// <summary>
/// Tensors of a state dictionary that no model here has: passed over, with a note, where they change nothing, and
/// refused with the reason otherwise.
/// </summary>
internal static class ForeignPart
{
    // What a tensor of a module that cannot be had is called, what the module is, and the way out.
    private static readonly (Func<string, bool> IsCalled, string What, string WayOut)[] s_modules =
    [
        (
            own => own.StartsWith("weight_hr_l", StringComparison.Ordinal),
            "an nn.LSTM with proj_size, which projects its output as no cell here does",
            "train it without proj_size"
        ),
        (
            own => own is "weight_g" or "weight_v" or "original0" or "original1",
            "a weight under weight_norm, which is computed from two others",
            "call torch.nn.utils.remove_weight_norm or parametrize.remove_parametrizations before saving"
        ),
        (
            own => own is "in_proj_weight",
            "nn.MultiheadAttention, which a recurrent language model here does not have",
            "train the model without it"
        ),
    ];

    /// <summary>Refuses a tensor of a module that makes it another model.</summary>
    /// <exception cref="FormatError">It is one.</exception>
    public static void Refuse(TensorEntry entry)
    {
        var own = OwnNameOf(entry);
        foreach (var (isCalled, what, wayOut) in s_modules)
        {
            if (isCalled(own))
            {
                throw Refused(entry, what, wayOut);
            }
        }
        if (own is "running_mean" || (own == "weight" && entry.Shape is [> 1]))
        {
            throw Refused(
                entry,
                "a normalisation such as nn.LayerNorm, which no model here has",
                "train the model without it"
            );
        }
    }

    /// <summary>Passes over a tensor that a model has no use for, or refuses it.</summary>
    /// <param name="entry">The tensor.</param>
    /// <param name="configuration">The model's.</param>
    /// <param name="file">The file that holds it.</param>
    /// <param name="note">Takes a sentence on what was passed over.</param>
    /// <param name="wayOut">The way out if nothing more is known.</param>
    /// <exception cref="FormatError">The model would compute with it.</exception>
    public static void PassOver(
        TensorEntry entry,
        ModelConfiguration configuration,
        ITensorFile file,
        Action<string> note,
        string wayOut
    )
    {
        var name = FormatError.Quote(entry.Name);
        if (entry.Type.IsInteger || (OwnNameOf(entry) == "step" && entry.Count == 1))
        {
            note($"The tensor {name}, which is no weight ({entry.Type.Name}), was passed over.");
            return;
        }
        if (!IsState(entry, configuration))
        {
            throw new FormatError(
                $"it holds a tensor {name}, which {FormatError.OneLine(configuration.Kind)} has no use for",
                wayOut
            );
        }
        var values = new float[entry.Count];
        file.Read(entry, values);
        if (Array.FindIndex(values, value => value != 0) is >= 0 and var first)
        {
            throw Refused(
                entry,
                $"a learnt initial state (its value {first} is {values[first]}), and a model here starts from zeros",
                "train it with a state of zeros"
            );
        }
        note($"The tensor {name}, an initial state of zeros, was passed over: every model here starts from zeros.");
    }

    /// <summary>A state has the size of the hidden units of one layer or of all, and is not called a weight.</summary>
    private static bool IsState(TensorEntry entry, ModelConfiguration configuration)
    {
        var own = OwnNameOf(entry);
        long hidden = configuration.HiddenSize;
        var all = configuration.Layers * configuration.Recurrent.OutputSize;
        return !own.StartsWith("weight", StringComparison.Ordinal)
            && !own.StartsWith("bias", StringComparison.Ordinal)
            && entry.Shape is [.., var last]
            && last == hidden
            && (entry.Count == hidden || entry.Count == all);
    }

    private static string OwnNameOf(TensorEntry entry) => entry.Name[(entry.Name.LastIndexOf('.') + 1)..];

    private static FormatError Refused(TensorEntry entry, string what, string wayOut) =>
        new($"its tensor {FormatError.Quote(entry.Name)} belongs to {what}", wayOut);
}

using System.CommandLine;
using Recurrent.Cli.Hosting;
using Recurrent.Models;

namespace Recurrent.Cli.Arguments;

/// <summary>The arguments that say which model to train.</summary>
internal sealed class ModelArguments
{
    private readonly ChoiceOption<string> _kind = new(
        "--model",
        "The model: the chapter's from scratch, or one of fused layers.",
        hasDefault: false,
        [.. LanguageModel.Kinds.Select(kind => (kind, kind))]
    );

    private readonly Option<int?> _hidden = NumberOption.OptionalWhole(
        "--hidden",
        "Hidden units, in each layer and direction.",
        1,
        ModelConfiguration.MaxHiddenSize
    );

    private readonly Option<int> _layers = NumberOption.Whole(
        "--layers",
        "Recurrent layers, one upon another.",
        1,
        ModelConfiguration.MaxLayers,
        1
    );

    private readonly Option<double?> _dropout = NumberOption.OptionalReal(
        "--dropout",
        "Probability to drop a value between layers and before the output, while training.",
        value => value is >= 0 and < 1,
        "from 0 to below 1"
    );

    private readonly Option<int?> _embedding = NumberOption.OptionalWhole(
        "--embedding",
        "Length of the vector that is learned for each token; 0 for one-hot input.",
        0,
        ModelConfiguration.MaxEmbeddingSize
    );

    private readonly Option<bool> _tied = new("--tied")
    {
        Description = "Let the output use the embedding's vectors as its weights.",
    };

    private readonly Option<bool> _bidirectional = new("--bidirectional")
    {
        Description = "Read the text from both ends. Such a model looks ahead, so it cannot write.",
    };

    private readonly Option<double> _sigma = NumberOption.Real(
        "--sigma",
        "Standard deviation of normal initial weights; 0 for the kind's usual ones.",
        value => value is >= 0 and <= ModelConfiguration.MaxInitialDeviation,
        $"from 0 to {ModelConfiguration.MaxInitialDeviation}",
        0
    );

    /// <summary>Adds the arguments to a verb.</summary>
    public ModelArguments(Verb verb)
    {
        Option[] options = [_kind, _hidden, _layers, _dropout, _embedding, _tied, _bidirectional, _sigma];
        Array.ForEach(options, verb.Options.Add);
    }

    /// <summary>A planned model with what is given in place of what was planned.</summary>
    /// <exception cref="UsageException">Options do not go together.</exception>
    public ModelConfiguration Of(ParseResult parsed, ModelConfiguration planned)
    {
        var kind = _kind.Of(parsed, planned.Kind);
        var plain = kind == RnnFromScratch.Kind;
        if (plain)
        {
            RequirePlain(parsed);
        }
        var sigma = parsed.GetValue(_sigma);
        var configuration = new ModelConfiguration
        {
            Kind = kind,
            VocabularySize = planned.VocabularySize,
            HiddenSize = parsed.GetValue(_hidden) ?? planned.HiddenSize,
            Layers = parsed.GetValue(_layers),
            Dropout = parsed.GetValue(_dropout) ?? (plain ? 0 : planned.Dropout),
            EmbeddingSize = parsed.GetValue(_embedding) ?? (plain ? 0 : planned.EmbeddingSize),
            TiedWeights = parsed.GetValue(_tied),
            Bidirectional = parsed.GetValue(_bidirectional),
            InitialDeviation = sigma > 0 ? sigma : null,
        };
        RequireTyingFits(configuration);
        return configuration;
    }

    private void RequirePlain(ParseResult parsed)
    {
        Option[] others = [_layers, _dropout, _embedding, _tied, _bidirectional, _sigma];
        var given = Array.Find(others, option => option.IsGiven(parsed));
        if (given is not null)
        {
            var kinds = LanguageModel.Kinds.Where(kind => kind != RnnFromScratch.Kind);
            throw new UsageException(
                $"{given.Name} is not for {RnnFromScratch.Kind}, which is the chapter's network and no more; "
                    + $"add --model {string.Join(" or ", kinds)}."
            );
        }
    }

    private static void RequireTyingFits(ModelConfiguration configuration)
    {
        var features = configuration.HiddenSize * (configuration.Bidirectional ? 2 : 1);
        if (configuration.TiedWeights && configuration.EmbeddingSize != features)
        {
            throw new UsageException(
                $"--tied needs vectors as long as the layers' output, and --embedding is {configuration.EmbeddingSize}; "
                    + $"choose --embedding {features}."
            );
        }
    }
}

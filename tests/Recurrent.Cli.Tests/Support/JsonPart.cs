using System.Text.Json.Nodes;

namespace Recurrent.Cli.Tests.Support;

/// <summary>JSON that may have gained members, but has lost and changed none.</summary>
internal static class JsonPart
{
    /// <summary>Asserts that a new value has every member of an old one, the same to the last digit.</summary>
    /// <param name="old">What must be there.</param>
    /// <param name="actual">Where; it may have more members, but no more elements.</param>
    /// <param name="place">What an error calls it.</param>
    public static void AssertIn(JsonNode? old, JsonNode? actual, string place)
    {
        switch (old)
        {
            case JsonObject members:
                var there = Assert.IsType<JsonObject>(actual);
                foreach (var (name, value) in members)
                {
                    Assert.True(there.ContainsKey(name), $"{place} lacks {name}.");
                    AssertIn(value, there[name], $"{place}.{name}");
                }
                break;
            case JsonArray elements:
                var others = Assert.IsType<JsonArray>(actual);
                Assert.Equal((place, elements.Count), (place, others.Count));
                for (var i = 0; i < elements.Count; i++)
                {
                    AssertIn(elements[i], others[i], $"{place}[{i}]");
                }
                break;
            default:
                Assert.Equal($"{place}: {old?.ToJsonString()}", $"{place}: {actual?.ToJsonString()}");
                break;
        }
    }
}

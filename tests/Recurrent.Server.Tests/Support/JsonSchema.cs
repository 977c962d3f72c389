using System.Text.Json;
using System.Text.Json.Nodes;
using Recurrent.Tests;

namespace Recurrent.Server.Tests.Support;

/// <summary>The part of JSON Schema that descriptions of answers are made of.</summary>
internal sealed class JsonSchema
{
    private readonly JsonNode _root;
    private readonly string _name;

    /// <summary>A schema of a document by the pointer to it, such as <c>#/components/schemas/Error</c>.</summary>
    public JsonSchema(JsonNode document, string pointer) => (_root, _name) = (document, pointer);

    /// <summary>A schema of those that OpenAI's clients are made for, in our own words.</summary>
    public static JsonSchema OfOpenAI(string name)
    {
        var path = Repository.PathOf("tests/Recurrent.Server.Tests/Support/openai-schemas.json");
        return new(JsonNode.Parse(File.ReadAllText(path))!, $"#/{name}");
    }

    /// <summary>Asserts that a value is as the schema says.</summary>
    public void AssertFits(JsonNode? value)
    {
        var wrong = Wrong(value, Find(_name), "$");
        Assert.True(wrong is null, $"{_name}: {wrong} in {value?.ToJsonString()}");
    }

    private JsonObject Find(string pointer) =>
        pointer.Split('/').Skip(1).Aggregate(_root, (node, name) => node[name]!).AsObject();

    /// <summary>What is wrong with a value; null for nothing.</summary>
    private string? Wrong(JsonNode? value, JsonObject schema, string place)
    {
        if (schema["$ref"] is { } reference)
        {
            return Wrong(value, Find((string)reference!), place);
        }
        if (schema["oneOf"] is JsonArray ways)
        {
            var faults = ways.Select(way => Wrong(value, way!.AsObject(), place)).ToList();
            return faults.Any(fault => fault is null) ? null : string.Join(" and ", faults);
        }
        if (schema.TryGetPropertyValue("const", out var only) && !JsonNode.DeepEquals(only, value))
        {
            return $"{place} is not {only}";
        }
        if (schema["enum"] is JsonArray those && !those.Any(one => JsonNode.DeepEquals(one, value)))
        {
            return $"{place} is none of {those.ToJsonString()}";
        }
        if (schema["type"] is { } type && !TypesOf(type).Contains(TypeOf(value)) && !IsNumber(type, value))
        {
            return $"{place} is {TypeOf(value)} and not {type.ToJsonString()}";
        }
        return value switch
        {
            JsonObject members => OfMembers(members, schema, place),
            JsonArray items when schema["items"] is JsonObject item => items
                .Select((one, i) => Wrong(one, item, $"{place}[{i}]"))
                .FirstOrDefault(fault => fault is not null),
            _ => null,
        };
    }

    private string? OfMembers(JsonObject members, JsonObject schema, string place)
    {
        foreach (var name in schema["required"]?.AsArray() ?? [])
        {
            if (!members.ContainsKey((string)name!))
            {
                return $"{place}.{name} is missing";
            }
        }
        var known = schema["properties"] as JsonObject;
        return members
            .Select(member => (member, Part: (known?[member.Key] ?? schema["additionalProperties"]) as JsonObject))
            .Where(pair => pair.Part is not null)
            .Select(pair => Wrong(pair.member.Value, pair.Part!, $"{place}.{pair.member.Key}"))
            .FirstOrDefault(fault => fault is not null);
    }

    private static IEnumerable<string> TypesOf(JsonNode type) =>
        type is JsonArray several ? several.Select(one => (string)one!) : [(string)type!];

    private static string TypeOf(JsonNode? value) =>
        value?.GetValueKind() switch
        {
            null => "null",
            JsonValueKind.String => "string",
            JsonValueKind.True or JsonValueKind.False => "boolean",
            JsonValueKind.Array => "array",
            JsonValueKind.Object => "object",
            _ => value.AsValue().TryGetValue<long>(out _) ? "integer" : "number",
        };

    private static bool IsNumber(JsonNode type, JsonNode? value) =>
        TypeOf(value) == "integer" && TypesOf(type).Contains("number");
}

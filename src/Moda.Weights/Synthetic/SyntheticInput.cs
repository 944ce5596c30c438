using System.Text.Json;

namespace Moda.Weights;

/// <summary>
/// An input of a parity case that is computed instead of stored, from the same sequence as <see cref="SyntheticWeights"/>.
/// </summary>
/// <param name="Name">What the sequence is named after.</param>
/// <param name="Shape">Its extents, outermost first.</param>
/// <param name="Center">The middle of its range.</param>
/// <param name="HalfRange">How far it goes to either side.</param>
public sealed record SyntheticInput(string Name, ReadOnlyMemory<int> Shape, double Center, double HalfRange)
{
    /// <summary>
    /// Reads the <c>generated_inputs</c> of a case file: a JSON object of input name to
    /// <c>{"name": ..., "shape": [...], "center": ..., "half_range": ...}</c>.
    /// </summary>
    /// <param name="json">The text; <c>{}</c> for none.</param>
    /// <returns>The inputs by the names that the network's inputs have.</returns>
    /// <exception cref="JsonException">It is no such object.</exception>
    public static IReadOnlyDictionary<string, SyntheticInput> Parse(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        var inputs = new Dictionary<string, SyntheticInput>(StringComparer.Ordinal);
        try
        {
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                JsonElement value = property.Value;
                inputs.Add(property.Name, new SyntheticInput(
                    value.GetProperty("name").GetString()!,
                    value.GetProperty("shape").EnumerateArray().Select(extent => extent.GetInt32()).ToArray(),
                    value.GetProperty("center").GetDouble(),
                    value.GetProperty("half_range").GetDouble()));
            }
        }
        catch (Exception exception) when (exception is InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            throw new JsonException($"The generated inputs of a case are not as expected: {exception.Message}", exception);
        }

        return inputs;
    }

    /// <summary>Computes the values, row-major.</summary>
    /// <param name="seed">The seed of the case's weights.</param>
    public float[] Generate(ulong seed)
    {
        int count = 1;
        foreach (int extent in Shape.Span)
        {
            count = checked(count * extent);
        }

        float[] values = new float[count];
        SyntheticSequence.Fill(SyntheticSequence.Seed($"input/{Name}", seed), Center, HalfRange, 0, values);
        return values;
    }
}

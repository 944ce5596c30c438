using System.Text.Json;
using Moda.Weights;

namespace Moda.Parity.Cases;

/// <summary>
/// An input of a parity case that is computed instead of stored, from the same sequence as <see cref="SyntheticWeights"/>.
/// </summary>
/// <param name="Name">What the sequence is named after.</param>
/// <param name="Shape">Its extents, outermost first.</param>
/// <param name="Center">The middle of its range.</param>
/// <param name="HalfRange">How far it goes to either side.</param>
internal sealed record SyntheticInput(string Name, ReadOnlyMemory<int> Shape, double Center, double HalfRange)
{
    /// <summary>
    /// Reads the <c>generated_inputs</c> of a case file: a JSON object of input name to
    /// <c>{"name": ..., "shape": [...], "center": ..., "half_range": ...}</c>.
    /// </summary>
    /// <param name="json">The text; <c>{}</c> for none.</param>
    /// <param name="mostElements">What all inputs together may have: the text asks for memory that no file stands for.</param>
    /// <returns>The inputs by the names that the network's inputs have.</returns>
    /// <exception cref="JsonException">It is no such object, or asks for more elements, for none, or for values that are no numbers.</exception>
    public static IReadOnlyDictionary<string, SyntheticInput> Parse(string json, long mostElements)
    {
        var inputs = new Dictionary<string, SyntheticInput>(StringComparer.Ordinal);
        long elements = 0;
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                JsonElement value = property.Value;
                var input = new SyntheticInput(
                    value.GetProperty("name").GetString() ?? "",
                    value.GetProperty("shape").EnumerateArray().Select(extent => extent.GetInt32()).ToArray(),
                    value.GetProperty("center").GetDouble(),
                    value.GetProperty("half_range").GetDouble());
                elements += CountElements(property.Name, input, mostElements);
                inputs.Add(property.Name, input);
            }
        }
        catch (Exception exception) when (exception is InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException or JsonException)
        {
            throw new JsonException($"The generated inputs are not as expected: {exception.Message}", exception);
        }

        return elements <= mostElements
            ? inputs
            : throw new JsonException($"The generated inputs have {elements} elements together; {mostElements} are the most that is computed.");
    }

    /// <summary>Computes the values, row-major.</summary>
    /// <param name="seed">The seed of the case's weights.</param>
    public float[] Generate(ulong seed)
    {
        float[] values = new float[TensorShape.ElementCount(Shape.Span)];
        SyntheticSequence.Fill(SyntheticSequence.Seed($"input/{Name}", seed), Center, HalfRange, 0, values);
        return values;
    }

    private static long CountElements(string name, SyntheticInput input, long mostElements)
    {
        long count = 1;
        foreach (int extent in input.Shape.Span)
        {
            count *= extent;
            if (extent <= 0 || count > mostElements)
            {
                throw new FormatException($"'{name}' has the shape {TensorShape.Format(input.Shape.Span)}, but 1 to {mostElements} elements are possible.");
            }
        }

        return float.IsFinite((float)input.Center) && float.IsFinite((float)input.HalfRange)
            ? count
            : throw new FormatException($"'{name}' has a range that is not finite.");
    }
}

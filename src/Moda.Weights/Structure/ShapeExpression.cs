using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Moda.Weights;

/// <summary>One extent of a tensor in terms of a network's sizes: a sum of numbers, sizes and multiples of sizes, as in <c>3*width+mlp</c>.</summary>
internal sealed class ShapeExpression
{
    private readonly string text;
    private readonly (int Factor, string? Size)[] terms;

    private ShapeExpression(string text, (int Factor, string? Size)[] terms)
    {
        this.text = text;
        this.terms = terms;
    }

    /// <summary>The size that this expression is, when it is nothing but one.</summary>
    public string? BareSize => terms is [(1, string size)] ? size : null;

    public static ShapeExpression Parse(string text) => new(text, [.. text.Split('+').Select(ParseTerm)]);

    /// <summary>Computes the extent.</summary>
    /// <returns>Whether all sizes are known.</returns>
    public bool TryEvaluate(IReadOnlyDictionary<string, int> sizes, out int extent)
    {
        extent = 0;
        foreach ((int factor, string? size) in terms)
        {
            int value = 1;
            if (size is not null && !sizes.TryGetValue(size, out value))
            {
                return false;
            }

            extent += factor * value;
        }

        return true;
    }

    /// <summary>Concludes from the extent to the one size that is not known yet.</summary>
    /// <returns>Whether there is exactly one, and a whole number fits.</returns>
    public bool TrySolve(IReadOnlyDictionary<string, int> sizes, int extent, [NotNullWhen(true)] out string? unknown, out int value)
    {
        unknown = null;
        value = 0;
        int factorOfUnknown = 0;
        int rest = extent;
        foreach ((int factor, string? size) in terms)
        {
            if (size is null)
            {
                rest -= factor;
            }
            else if (sizes.TryGetValue(size, out int known))
            {
                rest -= factor * known;
            }
            else if (unknown is null)
            {
                unknown = size;
                factorOfUnknown = factor;
            }
            else
            {
                unknown = null;
                return false;
            }
        }

        if (unknown is null || rest <= 0 || rest % factorOfUnknown != 0)
        {
            unknown = null;
            return false;
        }

        value = rest / factorOfUnknown;
        return true;
    }

    public override string ToString() => text;

    private static (int Factor, string? Size) ParseTerm(string term)
    {
        if (int.TryParse(term, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            return (number, null);
        }

        string[] factors = term.Split('*');
        return factors.Length == 1 ? (1, term) : (int.Parse(factors[0], CultureInfo.InvariantCulture), factors[1]);
    }
}

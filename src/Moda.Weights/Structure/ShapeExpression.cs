using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Moda.Weights;

/// <summary>One extent of a tensor in terms of a network's sizes: a sum of products of numbers and sizes, as in <c>3*width+mlp</c>.</summary>
internal sealed class ShapeExpression
{
    private readonly string text;
    private readonly (int Factor, string[] Sizes)[] terms;

    private ShapeExpression(string text, (int Factor, string[] Sizes)[] terms)
    {
        this.text = text;
        this.terms = terms;
    }

    /// <summary>The size that this expression is, when it is nothing but one.</summary>
    public string? BareSize => terms is [(1, [string size])] ? size : null;

    public static ShapeExpression Parse(string text) => new(text, [.. text.Split('+').Select(ParseTerm)]);

    /// <summary>Computes the extent.</summary>
    /// <returns>Whether all sizes are known.</returns>
    public bool TryEvaluate(IReadOnlyDictionary<string, int> sizes, out int extent)
    {
        extent = 0;
        foreach ((int factor, string[] names) in terms)
        {
            int product = factor;
            foreach (string name in names)
            {
                if (!sizes.TryGetValue(name, out int value))
                {
                    return false;
                }

                product *= value;
            }

            extent += product;
        }

        return true;
    }

    /// <summary>Concludes from the extent to the one size that is not known yet.</summary>
    /// <returns>Whether there is exactly one, no term has it twice, and a whole number fits.</returns>
    public bool TrySolve(IReadOnlyDictionary<string, int> sizes, int extent, [NotNullWhen(true)] out string? unknown, out int value)
    {
        unknown = null;
        value = 0;
        int factorOfUnknown = 0;
        int rest = extent;
        foreach ((int factor, string[] names) in terms)
        {
            int product = factor;
            int unknowns = 0;
            foreach (string name in names)
            {
                if (sizes.TryGetValue(name, out int known))
                {
                    product *= known;
                }
                else if (++unknowns == 1 && (unknown ?? name) == name)
                {
                    unknown = name;
                }
                else
                {
                    unknown = null;
                    return false;
                }
            }

            if (unknowns == 0)
            {
                rest -= product;
            }
            else
            {
                factorOfUnknown += product;
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

    private static (int Factor, string[] Sizes) ParseTerm(string term)
    {
        int factor = 1;
        var sizes = new List<string>();
        foreach (string part in term.Split('*'))
        {
            if (int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                factor *= number;
            }
            else
            {
                sizes.Add(part);
            }
        }

        return (factor, [.. sizes]);
    }
}

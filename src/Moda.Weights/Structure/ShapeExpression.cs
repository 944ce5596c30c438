using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Moda.Weights.Structure;

/// <summary>One extent of a tensor as a formula of the network's sizes: a sum of products, as in <c>3*width+mlp</c>.</summary>
internal sealed class ShapeExpression
{
    private readonly string text;
    private readonly (int Factor, string[] Sizes)[] terms;

    private ShapeExpression(string text, (int Factor, string[] Sizes)[] terms)
    {
        this.text = text;
        this.terms = terms;
    }

    /// <summary>The size's name when the expression consists of that size alone; otherwise null.</summary>
    public string? BareSize => terms is [(1, [string size])] ? size : null;

    public static ShapeExpression Parse(string text) => new(text, [.. text.Split('+').Select(ParseTerm)]);

    /// <summary>Computes the extent.</summary>
    /// <returns>Whether all sizes are known and the extent is not too large for a tensor.</returns>
    public bool TryEvaluate(IReadOnlyDictionary<string, int> sizes, out int extent)
    {
        long sum = 0;
        foreach ((int factor, string[] names) in terms)
        {
            long product = factor;
            foreach (string name in names)
            {
                if (!sizes.TryGetValue(name, out int value) || !TryMultiply(ref product, value))
                {
                    extent = 0;
                    return false;
                }
            }

            sum += product;
        }

        extent = sum <= int.MaxValue ? (int)sum : 0;
        return sum <= int.MaxValue;
    }

    /// <summary>Computes the one unknown size from the extent.</summary>
    /// <returns>Whether exactly one size is unknown, no term has it twice, and a whole number fits.</returns>
    public bool TrySolve(IReadOnlyDictionary<string, int> sizes, int extent, [NotNullWhen(true)] out string? unknown, out int value)
    {
        unknown = null;
        value = 0;
        long factorOfUnknown = 0;
        long rest = extent;
        foreach ((int factor, string[] names) in terms)
        {
            long product = factor;
            int unknowns = 0;
            foreach (string name in names)
            {
                bool isKnown = sizes.TryGetValue(name, out int known);
                if (!isKnown && ++unknowns == 1 && (unknown ?? name) == name)
                {
                    unknown = name;
                }
                else if (!isKnown || !TryMultiply(ref product, known))
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

        // Sizes of 0 occur only in damaged files. They do not determine the unknown size.
        if (unknown is null || rest <= 0 || factorOfUnknown <= 0 || rest % factorOfUnknown != 0)
        {
            unknown = null;
            return false;
        }

        value = (int)(rest / factorOfUnknown);
        return true;
    }

    private static bool TryMultiply(ref long product, int factor)
    {
        product *= factor;
        return product is >= 0 and <= int.MaxValue;
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

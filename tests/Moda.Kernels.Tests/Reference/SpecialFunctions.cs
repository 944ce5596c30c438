using System.Numerics;

namespace Moda.Kernels.Tests.Reference;

/// <summary>The activations in float64.</summary>
internal static class SpecialFunctions
{
    /// <summary>The normal distribution's cumulative function, with a small relative error in its lower tail too.</summary>
    public static double NormalCumulative(double x)
    {
        double a = Math.Abs(x);
        double tail = a < 3 ? 0.5 - CentralSeries(a) : TailFraction(a);
        return x < 0 ? tail : 1 - tail;
    }

    public static T Apply<T>(Activation activation, T x)
        where T : unmanaged, IFloatingPointIeee754<T> => T.CreateChecked(Apply(activation, double.CreateChecked(x)));

    public static double Apply(Activation activation, double x)
    {
        switch (activation.Kind)
        {
            case ActivationKind.None:
                return x;
            case ActivationKind.Relu:
                return double.IsNaN(x) ? x : Math.Max(x, 0);
            case ActivationKind.LeakyRelu:
                return x < 0 ? activation.Slope * x : x;
            case ActivationKind.Gelu:
                return double.IsNegativeInfinity(x) ? 0 : x * NormalCumulative(x);
            case ActivationKind.GeluTanh:
                // (1 + tanh u) / 2 without cancellation.
                return double.IsNegativeInfinity(x)
                    ? 0
                    : x / (1 + Math.Exp(-2 * Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case ActivationKind.Silu:
                return double.IsNegativeInfinity(x) ? 0 : x / (1 + Math.Exp(-x));
            case ActivationKind.Sigmoid:
                return 1 / (1 + Math.Exp(-x));
            default:
                throw new ArgumentOutOfRangeException(nameof(activation));
        }
    }

    // Phi(a) - 1/2 = phi(a) (a + a^3 / 3 + a^5 / (3 5) + ...)
    private static double CentralSeries(double a)
    {
        double term = a;
        double sum = a;
        for (int k = 3; Math.Abs(term) > 1e-18 * sum; k += 2)
        {
            term *= a * a / k;
            sum += term;
        }

        return sum * Math.Exp(-a * a / 2) / Math.Sqrt(2 * Math.PI);
    }

    // Phi(-a) = phi(a) / (a + 1 / (a + 2 / (a + 3 / ...)))
    private static double TailFraction(double a)
    {
        if (double.IsInfinity(a) || double.IsNaN(a))
        {
            return double.IsNaN(a) ? a : 0;
        }

        double fraction = a;
        for (int k = 200; k >= 1; k--)
        {
            fraction = a + k / fraction;
        }

        return Math.Exp(-a * a / 2) / (Math.Sqrt(2 * Math.PI) * fraction);
    }
}

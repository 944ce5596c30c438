using Moda.Kernels.Cpu.Vector;
using Moda.Kernels.Elementary;
using Moda.Kernels.Tests.Reference;
using Xunit;

namespace Moda.Kernels.Tests.Cpu.Vector;

/// <summary>The elementary functions at every width against float64, over all magnitudes.</summary>
public sealed class VectorMathTests
{
    public static TheoryData<ActivationKind> Kinds => [.. Enum.GetValues<ActivationKind>()];

    /// <summary>Both signs of values spread over all exponents, denormals among them, and densely over [-20, 20].</summary>
    private static readonly float[] Arguments = MakeArguments();

    [Fact]
    public void Exp_is_within_two_units_in_the_last_place()
    {
        AssertExp<FloatVector128>();
        AssertExp<FloatVector256>();
        AssertExp<FloatVector512>();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Activations_agree_with_float64_relative_to_their_value(ActivationKind kind)
    {
        AssertActivation<FloatVector128>(kind);
        AssertActivation<FloatVector256>(kind);
        AssertActivation<FloatVector512>(kind);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Activations_keep_their_limits_at_infinity_and_pass_nan_on(ActivationKind kind)
    {
        AssertLimits<FloatVector128>(kind);
        AssertLimits<FloatVector256>(kind);
        AssertLimits<FloatVector512>(kind);
    }

    private static unsafe void AssertExp<TVector>()
        where TVector : unmanaged, IFloatVector<TVector>
    {
        float* lanes = stackalloc float[TVector.Count];
        foreach (float x in Arguments)
        {
            TVector.Store(VectorMath.Exp(TVector.Broadcast(x)), lanes);
            double expected = Math.Exp(x);
            if (expected > float.MaxValue)
            {
                Assert.True(lanes[0] == float.PositiveInfinity || expected < float.MaxValue * 1.001, $"exp({x:R}) = {lanes[0]:R}");
            }
            else
            {
                AssertClose(expected, lanes[0], 2.4e-7, $"exp({x:R})");
            }

            Assert.Equal(lanes[0], lanes[TVector.Count - 1]);
        }
    }

    private static unsafe void AssertActivation<TVector>(ActivationKind kind)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        float* lanes = stackalloc float[TVector.Count];
        foreach (float x in Arguments)
        {
            Apply<TVector>(kind, x, lanes);
            double expected = SpecialFunctions.Apply(new Activation(kind, 0.2f), x);

            // Each rounding in the argument of the exponential is multiplied by the argument, which is at most 104 before 0 comes out.
            // GELU's tail is steep in the quotient that it is a polynomial of: 3.2 times its half unit in the last place near 0.
            double tolerance = kind switch
            {
                ActivationKind.Gelu => 6e-7 + 6e-8 * Math.Min(0.5 * x * x, 104),
                ActivationKind.GeluTanh => 4e-7 + 3 * 6e-8 * Math.Min(1.6 * Math.Abs(x + 0.0447 * x * x * x), 104),
                _ => 4e-7,
            };

            // Quotients by a sum that overflows are 0 instead of a number below 1e-36; GELU multiplies a denormal tail by up to 15.
            double absolute = kind switch
            {
                ActivationKind.Silu or ActivationKind.GeluTanh or ActivationKind.Sigmoid => 1e-36,
                ActivationKind.Gelu => 16 * float.Epsilon,
                _ => 0,
            };
            AssertClose(expected, lanes[0], tolerance, $"{kind}({x:R})", absolute);
            Assert.Equal(lanes[0], lanes[TVector.Count - 1]);
        }
    }

    private static unsafe void AssertLimits<TVector>(ActivationKind kind)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        float* lanes = stackalloc float[TVector.Count];
        foreach (float x in (float[])[float.PositiveInfinity, float.NegativeInfinity, 0, float.MaxValue])
        {
            Apply<TVector>(kind, x, lanes);
            Assert.Equal(SpecialFunctions.Apply(new Activation(kind, 0.2f), x), lanes[0]);
        }

        Apply<TVector>(kind, float.NaN, lanes);
        Assert.True(float.IsNaN(lanes[0]));
    }

    private static unsafe void Apply<TVector>(ActivationKind kind, float x, float* lanes)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        TVector argument = TVector.Broadcast(x);
        TVector.Store(
            kind switch
            {
                ActivationKind.None => default(IdentityFunction).Invoke(argument),
                ActivationKind.Relu => default(ReluFunction).Invoke(argument),
                ActivationKind.LeakyRelu => new LeakyReluFunction(0.2f).Invoke(argument),
                ActivationKind.Gelu => default(GeluFunction).Invoke(argument),
                ActivationKind.GeluTanh => default(GeluTanhFunction).Invoke(argument),
                ActivationKind.Silu => default(SiluFunction).Invoke(argument),
                ActivationKind.Sigmoid => default(SigmoidFunction).Invoke(argument),
                _ => throw new ArgumentOutOfRangeException(nameof(kind)),
            },
            lanes);
    }

    private static void AssertClose(double expected, float actual, double relative, string what, double absolute = 0)
    {
        // Two denormal steps: below the smallest normal number the format itself has a fixed resolution.
        double bound = Math.Max(relative * Math.Abs(expected) + absolute, 2 * float.Epsilon);
        Assert.True(Math.Abs(expected - actual) <= bound, $"{what} = {actual:R}, float64 gives {expected:R}");
    }

    private static float[] MakeArguments()
    {
        List<float> arguments = [];
        for (uint bits = 1; bits < 0x7F80_0000; bits += 0x0000_FFF1)
        {
            arguments.Add(BitConverter.UInt32BitsToSingle(bits));
            arguments.Add(-BitConverter.UInt32BitsToSingle(bits));
        }

        for (int i = -20_000; i <= 20_000; i++)
        {
            arguments.Add(i * 1.0003e-3f);
        }

        return [.. arguments];
    }
}

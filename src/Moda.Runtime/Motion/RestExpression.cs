namespace Moda.Runtime.Motion;

/// <summary>
/// The expression of a face at rest, with closed lips. A single picture that drives a portrait has no first frame to compare with, so its
/// expression is compared with this one; and a video whose lips are silenced takes it.
/// </summary>
/// <remarks>Reference: LivePortrait's <c>lip_array.pkl</c>, rounded to float32.</remarks>
internal static class RestExpression
{
    private static readonly float[] Keypoints =
    [
        -9.4524e-05f, 0.00024222f, -4.00974e-05f,
        0.000208596f, 0.000468054f, 1.27464e-05f,
        -0.000124602f, 0.000324972f, 4.425e-06f,
        0.000119652f, -0.000456624f, 5.40852e-05f,
        -0.000265254f, -7.4598e-05f, -1.5528e-05f,
        -3.34884e-05f, -0.000183036f, -3.49404e-06f,
        -4.75428e-07f, -4.52466e-07f, 1.59498e-06f,
        -0.000541296f, 0.0026328f, 7.2486e-06f,
        -1.1694e-05f, 5.00502e-06f, 9.9888e-06f,
        8.0286e-07f, 5.19132e-06f, -0.000409344f,
        0.000166878f, -1.9815e-05f, -8.8548e-05f,
        -1.51536e-05f, 8.2506e-05f, 5.94012e-06f,
        -2.61054e-07f, 2.7591e-06f, 2.21028e-06f,
        -6.6282e-05f, -6.8286e-05f, -3.45318e-06f,
        -0.00083262f, -0.00179592f, -2.59176e-06f,
        6.9714e-06f, 3.65514e-05f, -1.8978e-06f,
        -4.80876e-06f, 7.1148e-06f, -1.03236e-05f,
        -0.00063684f, -0.0011661f, 5.62314e-05f,
        0.00028329f, -1.45656e-05f, 1.09746e-05f,
        -4.16022e-06f, -0.0150906f, -0.0025494f,
        0.000222474f, 0.00562788f, 0.00272646f,
    ];

    /// <summary>[21, 3].</summary>
    public static ReadOnlySpan<float> Values => Keypoints;
}

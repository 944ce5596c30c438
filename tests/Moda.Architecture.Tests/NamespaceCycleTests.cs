using Xunit;

namespace Moda.Architecture.Tests;

/// <summary>Namespaces of an assembly depend on each other in one direction only.</summary>
public sealed class NamespaceCycleTests
{
    [Theory]
    [InlineData("Moda.Weights")]
    [InlineData("Moda.Kernels")]
    [InlineData("Moda.Kernels.Ilgpu")]
    [InlineData("Moda.Runtime")]
    [InlineData("Moda.Parity")]
    [InlineData("Moda.Onnx")]
    [InlineData("Moda.Extensions.Hosting")]
    [InlineData("moda")]
    [InlineData("moda-web")]
    public void Namespaces_form_no_circles(string assembly)
    {
        IReadOnlyList<NamespaceCycle> cycles = NamespaceCycles.Among(UsesOf(assembly));

        Assert.True(cycles.Count == 0, $"{assembly} has {cycles.Count} circles:\n{string.Join("\n\n", cycles)}");
    }

    [Fact]
    public void A_pair_that_uses_each_other_is_a_circle_with_an_example_each_way()
    {
        NamespaceUse[] uses = [new("A", "B", "A.X uses B.Y"), new("B", "A", "B.Y uses A.X"), new("B", "C", "B.Y uses C.Z")];

        NamespaceCycle cycle = Assert.Single(NamespaceCycles.Among(uses));

        Assert.Equal("A -> B -> A\n    A: A.X uses B.Y\n    B: B.Y uses A.X", cycle.ToString());
    }

    [Fact]
    public void A_circle_of_three_is_found_once()
    {
        NamespaceUse[] uses = [new("A", "B", ""), new("B", "C", ""), new("C", "A", "")];

        Assert.Equal(["A", "B", "C"], Assert.Single(NamespaceCycles.Among(uses)).Namespaces);
    }

    [Fact]
    public void One_direction_is_no_circle() =>
        Assert.Empty(NamespaceCycles.Among([new("A", "B", ""), new("B", "C", ""), new("A", "C", "")]));

    [Theory]
    [InlineData("UserByBase")]
    [InlineData("UserByInterfaceArgument")]
    [InlineData("UserByField.Field")]
    [InlineData("UserByParameter.Take")]
    [InlineData("UserByCall.Call")]
    [InlineData("UserByGenericArgument.Create")]
    [InlineData("UserByConstraint`1")]
    [InlineData("UserByAttribute")]
    [InlineData("UserInNestedType.Nested")]
    public void Every_way_to_use_a_type_is_seen(string user)
    {
        IReadOnlyCollection<NamespaceUse> uses = NamespaceUses.Of(typeof(NamespaceCycleTests).Assembly.Location);

        Assert.Contains(uses, use => use.Example == $"{user} uses {use.To}.{UsedBy(user)}" && use.To == "Moda.Architecture.Tests.Samples.Used");

        static string UsedBy(string user) => user == "UserByAttribute" ? "UsedAttribute" : user == "UserByCall.Call" ? "UsedFunctions" : "UsedType";
    }

    private static IReadOnlyCollection<NamespaceUse> UsesOf(string assembly) =>
        NamespaceUses.Of(Path.Combine(AppContext.BaseDirectory, assembly + ".dll"));
}

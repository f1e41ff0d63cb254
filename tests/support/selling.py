"""Customers and opportunities, and people of two teams who sell, for tests of what roles let."""

CUSTOMERS = """
type add customer --label Customer --label-zh 客户
field add customer.name --required --unique --title
field add customer.phone --kind phone --region CN
type add opportunity --label Opportunity --label-zh 商机
field add opportunity.name --required --title
field add opportunity.customer --kind link --to customer
field add opportunity.amount --kind money --currency USD
field add opportunity.margin --kind percent
field add opportunity.owner --kind user
stage add opportunity lead
stage add opportunity won --category closed --outcome won
status add opportunity.lead waiting
"""
"""Two types: `opportunity` has an owner and two stages, `customer` neither."""

PEOPLE = """
team add north
team add south
role add sales
user add alice --role sales --team north
user add bob --role sales --team north
user add carol --role sales --team south
"""
"""Three sales people in two teams, whose role lets nothing yet."""

RECORDS = """
record add customer name=Acme phone=13812341234
record add opportunity name=A customer=Acme amount=100 margin=5 owner=alice
record add opportunity name=B customer=Acme amount=200 margin=7 owner=bob
"""
"""A customer, and an opportunity of alice and one of bob."""
